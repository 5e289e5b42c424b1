#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""CPU seconds of a step of U-Boost's stage 1 at a reduced scale, 48 images, in C++ and in plain PyTorch eager on the same
LibTorch and the same super-network, in turns, on one thread.

    tests/bench/gradient_ratio.py BUILD/tests/gradient_bench [PYTHON]

PYTHON is one that imports torch (default: .deps/python/bin/python3). The least epoch of each counts. Fails if a step takes more
than 0.9 of PyTorch's in its default layout.
"""
import json
import os
import subprocess
import sys
from pathlib import Path

TURNS = 2
here = Path(__file__).resolve().parent
python = sys.argv[2] if len(sys.argv) > 2 else here.parent.parent / ".deps" / "python" / "bin" / "python3"
one_thread = os.environ | {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


def printed(command, text=None):
    return subprocess.run(command, input=text, stdout=subprocess.PIPE, text=True, check=True, env=one_thread).stdout


least = {}
for _ in range(TURNS):
    text = printed([sys.argv[1]])
    least.setdefault("own", []).extend(json.loads(text)["seconds"])
    for layout, seconds in json.loads(printed([python, here / "gradient_peer.py"], text)).items():
        least.setdefault(layout, []).extend(seconds)
own, default, last = (min(least[what]) for what in ("own", "default", "channels_last"))
print("| s a step | PyTorch, default layout | of it | channels_last | of it |\n| --- | --- | --- | --- | --- |")
print(f"| {own:.4f} | {default:.4f} | {own / default:.2f} | {last:.4f} | {own / last:.2f} |")
sys.exit(own > 0.9 * default)
