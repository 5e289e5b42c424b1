#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""CPU seconds of pricing many candidates, beside numpy and scikit-learn in the same run, one after the other on one thread.

    tests/bench/cost_models_ratio.py BUILD/tests/cost_models_bench [PYTHON]

100,000 cells of NAS-Bench-201 (16 channels, 5 cells), 20,000 once-for-all MobileNetV3. Espalier's times have the making of candidates, with
their keys and canonical cells, and begin with models that know nothing, but what `predicted` has learnt from 200 cells, each a
support vector. PYTHON is one that imports numpy and sklearn. Fails above the limits, where the latencies of an array do not add up
to the same, or learnt ones not to a thousandth. `additive` prices the canonical cell of each, numpy the cell.
"""
import json
import os
import subprocess
import sys
from pathlib import Path

LIMITS_S = {"additive_cells": 0.5, "macs_cells": 0.5, "predicted_cells": 1.0, "systolic_cells": 1.0, "systolic_mobilenets": 0.2}
TOLERANCES = {"predicted_cells": 1e-3, "systolic_cells": 1e-9, "systolic_mobilenets": 1e-9}  # of what all cost together
here = Path(__file__).resolve().parent
python = sys.argv[2] if len(sys.argv) > 2 else sys.executable
one_thread = os.environ | {name + "_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}

out = subprocess.run([sys.argv[1], "--benchmark_format=json", "--benchmark_repetitions=5"], stdout=subprocess.PIPE, text=True,
                     check=True, env=one_thread).stdout
ours = {b["run_name"]: b for b in json.loads(out)["benchmarks"] if b.get("aggregate_name") == "median"}
scale = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1}
theirs = json.loads(subprocess.run([python, here / "cost_models_peer.py"], stdout=subprocess.PIPE, text=True, check=True,
                                   env=one_thread).stdout)
wrong = False
print("| what | limit | Espalier, CPU | Python, CPU | Python / Espalier |\n| --- | --- | --- | --- | --- |")
for name, limit in LIMITS_S.items():
    seconds = ours[name]["cpu_time"] * scale[ours[name]["time_unit"]]
    peer = theirs.get(name)
    print(f"| {name} | {limit:g} s | {seconds:.3f} s | " +
          (f"{peer['cpu_s']:.3f} s | {peer['cpu_s'] / seconds:.1f} |" if peer else " | |"))
    wrong |= seconds > limit
    if name in TOLERANCES and abs(peer["sum"] / ours[name]["sum"] - 1) > TOLERANCES[name]:
        print(f"{name}: the latencies add up to {ours[name]['sum']} and {peer['sum']}", file=sys.stderr)
        wrong = True
if theirs["predicted_cells"]["support_vectors"] != 200:
    print("predicted_cells: not all of the 200 cells are support vectors", file=sys.stderr)
    wrong = True
sys.exit(wrong)
