#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""CPU seconds of the indicators in C++ and in Python on the same LibTorch, one after the other on one thread.

    tests/bench/indicators_ratio.py BUILD/tests/indicators_bench [PYTHON]

PYTHON is one that imports torch (default: .deps/python/bin/python3). Fails above 0.6.
"""
import json
import os
import subprocess
import sys
from pathlib import Path

LIMIT = 0.6
here = Path(__file__).resolve().parent
python = sys.argv[2] if len(sys.argv) > 2 else here.parent.parent / ".deps" / "python" / "bin" / "python3"
one_thread = os.environ | {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}

ours = json.loads(subprocess.run([sys.argv[1], "--benchmark_format=json"], stdout=subprocess.PIPE, text=True, check=True,
                                 env=one_thread).stdout)
ours = {b["name"].removesuffix("/min_time:2.000"): b["cpu_time"] / 1e3 for b in ours["benchmarks"]}
peer = json.loads(subprocess.run([python, here / "indicators_peer.py"], stdout=subprocess.PIPE, text=True, check=True,
                                 env=one_thread).stdout.splitlines()[-1])
print("| what | C++, CPU seconds | Python | ratio |\n| --- | --- | --- | --- |")
for name, seconds in peer.items():
    print(f"| {name} | {ours[name]:.3f} | {seconds:.3f} | {ours[name] / seconds:.2f} |")
for name in ours.keys() - peer.keys():
    print(f"| {name} | {ours[name]:.3f} | | |")
sys.exit(any(ours[name] > LIMIT * peer[name] for name in ("reduced", "full")))
