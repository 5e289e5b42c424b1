#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""CPU seconds of a training step of super-networks in C++ and in plain PyTorch eager on the same LibTorch and the same
paths, in turns, on one thread.

    tests/bench/training_ratio.py BUILD/tests/training_bench [PYTHON]

PYTHON is one that imports torch (default: .deps/python/bin/python3). The least epoch of each counts. Fails above 0.08 s
for hurricane's mini backbone, or if MobileNetV3 is less than 2.5 times as fast as PyTorch in its default layout or 1.3
times as in channels_last.
"""
import json
import os
import subprocess
import sys
from pathlib import Path

TURNS = 3
here = Path(__file__).resolve().parent
python = sys.argv[2] if len(sys.argv) > 2 else here.parent.parent / ".deps" / "python" / "bin" / "python3"
one_thread = os.environ | {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


def printed(command, text=None):
    return subprocess.run(command, input=text, stdout=subprocess.PIPE, text=True, check=True, env=one_thread).stdout


least = {}
for _ in range(TURNS):
    text = printed([sys.argv[1], "steps"])
    for name, subject in json.loads(text).items():
        least.setdefault((name, "own"), []).extend(subject["seconds"])
    for name, layouts in json.loads(printed([python, here / "training_peer.py"], text).splitlines()[-1]).items():
        for layout, seconds in layouts.items():
            least.setdefault((name, layout), []).extend(seconds)
least = {key: min(seconds) for key, seconds in least.items()}
print("| super-network | s a step | PyTorch, default layout | ratio | channels_last | ratio |\n"
      "| --- | --- | --- | --- | --- | --- |")
times = {}
for name in dict.fromkeys(name for name, _ in least):
    own, default, last = (least[name, what] for what in ("own", "default", "channels_last"))
    times[name] = own, default / own, last / own
    print(f"| {name} | {own:.4f} | {default:.4f} | {default / own:.2f} | {last:.4f} | {last / own:.2f} |")
sys.exit(times["hurricane mini"][0] > 0.08 or times["MobileNetV3"][1] < 2.5 or times["MobileNetV3"][2] < 1.3)
