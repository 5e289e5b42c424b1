#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What LINAS itself costs: CPU seconds of the whole command where evaluations are free, 250 of them in rounds of 50 with
20,000 predictions each.

    tests/bench/linas_speed.py BUILD/bin/espalier

The search of configs/linas/mobilenet_v3_note10.yaml on once-for-all's published accuracy predictors and block latencies
(in ESPALIER_DATA). The first round is drawn at random, so 250 evaluations take four inner searches; with 300 there are
the five of the limit. How many predictions were made is read from the run. Each time is the least of three seeds'.
Fails if a search takes more than 2 CPU s.
"""
import resource
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

CONFIG = Path(__file__).resolve().parent.parent.parent / "configs" / "linas" / "mobilenet_v3_note10.yaml"
LIMIT_S, SEEDS = 2.0, 3


def cpu_seconds():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def searched(espalier, predictor, evaluations, seed, run):
    """CPU seconds, and the predictions of each inner search."""
    before = cpu_seconds()
    subprocess.run([espalier, "run", CONFIG, "--out", run, "--quiet", "--set", f"strategy.predictor={predictor}",
                    "--set", "strategy.inner_evaluations=20000", "--set", f"budget.evaluations={evaluations}",
                    "--set", f"seed={seed}"], check=True, stdout=subprocess.DEVNULL)
    used = cpu_seconds() - before
    with sqlite3.connect(f"file:{run}/run.db?mode=ro", uri=True) as database:
        rows = database.execute("SELECT count(*) FROM evaluation WHERE evaluated & 1").fetchone()[0]
        made = [int(value) for value, in database.execute("SELECT value FROM note WHERE series = 'predictions'")]
    if rows != evaluations:
        sys.exit(f"{rows} evaluations instead of {evaluations}")
    return used, made


def main():
    worst = 0
    print(f"| predictor | evaluations | inner searches x predictions | CPU s, limit {LIMIT_S:g} |\n| --- | --- | --- | --- |")
    for predictor in ("ridge", "svr_rbf", "auto"):
        for evaluations in (250, 300):
            with tempfile.TemporaryDirectory() as folder:
                results = [searched(sys.argv[1], predictor, evaluations, seed, f"{folder}/{seed}")
                           for seed in range(1, SEEDS + 1)]
            used, made = min(results)
            worst = max(worst, used)
            print(f"| `{predictor}` | {evaluations} | {len(made)} x {', '.join(f'{n:,}' for n in sorted(set(made)))} | "
                  f"{used:.2f} |", flush=True)
    sys.exit(worst > LIMIT_S)


if __name__ == "__main__":
    main()
