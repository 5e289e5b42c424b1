#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""CPU time of NSGA-II per evaluation and of MOTPE, beside pymoo, pygmo (pagmo2) and Optuna, one after the other on one
thread in the same run. The problem: 45 genes of three options, population 50, two objectives that cost next to nothing.

    tests/bench/moo_ratio.py BUILD/tests/moo_bench [FOLDER]

FOLDER: a virtual environment with the peers, made there with pip if it is missing (default: .deps/moo_peers). A peer that
cannot be installed is named in the table. Fails if NSGA-II takes more than 2.4 us an evaluation or longer than any
peer, or 2,000 trials of MOTPE more than 2 s. MOTPE is compared after 500 trials, as many as Optuna makes in a minute or two.
"""
import json
import os
import subprocess
import sys
import venv
from pathlib import Path

NSGA2_LIMIT_US, MOTPE_LIMIT_S, TRIALS = 2.4, 2.0, 2000
PEER_TRIALS = 500  # a trial of Optuna's costs the more the more there are: 2,000 take longer than all the rest
PEERS = {"pymoo": "pymoo", "pygmo": "pygmo", "optuna": "optuna", "optuna_motpe": "optuna"}
here = Path(__file__).resolve().parent
one_thread = os.environ | {name + "_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}


def environment(folder):
    """The Python of a virtual environment with as many peers as can be installed."""
    python = folder / "bin" / "python3"
    if not python.exists():
        venv.create(folder, with_pip=True)
    for package in sorted(set(PEERS.values())):
        if subprocess.run([python, "-c", f"import {package}"], capture_output=True).returncode != 0:
            subprocess.run([python, "-m", "pip", "install", "--quiet", "--prefer-binary", package],
                           stdout=sys.stderr, stderr=subprocess.DEVNULL)
    return python


def peers(python):
    """Each in a process of its own, so that none pays for another's imports and memory."""
    result = {}
    for name in PEERS:
        run = subprocess.run([python, here / "moo_peers.py", name], capture_output=True, text=True, env=one_thread)
        lines = run.stdout.splitlines()
        result |= json.loads(lines[-1]) if lines else {name: {"error": (run.stderr.splitlines() or ["no output"])[-1]}}
    return result


def row(name, entry, ours, unit, scale):
    if "error" in entry:
        return f"| {name} | not measured: {entry['error']} | | |"
    seconds = entry["seconds_per_evaluation"] * scale
    return (f"| {name} {entry.get('version', '')} | {seconds:.4g} {unit} | {seconds / ours:.1f} | "
            f"{entry['hypervolume']:.4f} |")


def main():
    python = environment(Path(sys.argv[2]) if len(sys.argv) > 2 else here.parent.parent / ".deps" / "moo_peers")
    out = subprocess.run([sys.argv[1], "--benchmark_format=json"], stdout=subprocess.PIPE, text=True, check=True,
                         env=one_thread).stdout
    ours = {b["name"].split("/")[1]: b for b in json.loads(out)["benchmarks"]}
    theirs = peers(python)
    nsga2 = ours["nsga2"]["seconds_per_evaluation"] * 1e6
    motpe = ours["motpe"]["seconds_per_evaluation"] * TRIALS
    print(f"| NSGA-II, limit {NSGA2_LIMIT_US} us | CPU per evaluation | times ours | hypervolume |\n| --- | --- | --- | --- |")
    print(row("Espalier", ours["nsga2"], nsga2, "us", 1e6))
    for name in ("pymoo", "pygmo", "optuna"):
        print(row(name, theirs[name], nsga2, "us", 1e6))
    print(f"\n| MOTPE, limit {MOTPE_LIMIT_S:g} s | CPU | times ours | hypervolume |\n| --- | --- | --- | --- |")
    print(row(f"Espalier, {TRIALS:,} trials", ours["motpe"], motpe, "s", TRIALS))
    ours_500 = ours["motpe_500"]["seconds_per_evaluation"] * PEER_TRIALS
    print(row(f"Espalier, {PEER_TRIALS} trials", ours["motpe_500"], ours_500, "s", PEER_TRIALS))
    print(row(f"{PEER_TRIALS} trials of optuna", theirs["optuna_motpe"], ours_500, "s", PEER_TRIALS))
    fastest = all("error" in theirs[name] or theirs[name]["seconds_per_evaluation"] * 1e6 > nsga2
                  for name in ("pymoo", "pygmo", "optuna"))
    sys.exit(not (nsga2 <= NSGA2_LIMIT_US and motpe <= MOTPE_LIMIT_S and fastest))


if __name__ == "__main__":
    main()
