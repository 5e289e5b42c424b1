#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""CPU seconds per architecture of FI-ZC in C++ and in Python on the same LibTorch and the same 50 cells, one after the
other on one thread.

    tests/bench/zero_cost_ratio.py BUILD/tests/zero_cost_bench [PYTHON]

PYTHON is one that imports torch (default: .deps/python/bin/python3). Fails above 0.20 s for `fi_zc` or 0.10 s for the
light set, medians over the cells.
"""
import json
import os
import subprocess
import sys
from pathlib import Path

LIMITS = {"fi_zc": 0.20, "light": 0.10}
here = Path(__file__).resolve().parent
python = sys.argv[2] if len(sys.argv) > 2 else here.parent.parent / ".deps" / "python" / "bin" / "python3"
one_thread = os.environ | {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}

text = subprocess.run([sys.argv[1]], stdout=subprocess.PIPE, text=True, check=True, env=one_thread).stdout
ours = json.loads(text)
peer = json.loads(subprocess.run([python, here / "zero_cost_peer.py"], input=text, stdout=subprocess.PIPE, text=True,
                                 check=True, env=one_thread).stdout.splitlines()[-1])
print("| what | C++, median | mean | largest | Python, median | mean | ratio of medians |\n"
      "| --- | --- | --- | --- | --- | --- | --- |")
for name, seconds in ours.items():
    if name == "cells":
        continue
    own = " | ".join(f"{seconds[k]:.3f}" for k in ("median", "mean", "max"))
    other = peer.get(name)
    theirs = f"{other['median']:.3f} | {other['mean']:.3f} | {seconds['median'] / other['median']:.2f}" if other else " | | "
    print(f"| {name} | {own} | {theirs} |")
sys.exit(any(ours[name]["median"] > limit for name, limit in LIMITS.items()))
