#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How fast the command starts, and what an evaluation of a random search on a table costs with the durable store.

    tests/bench/command_speed.py BUILD/bin/espalier

Beside it, in the same run: the Python interpreter's own start, and the same random search in Python, which keeps each
evaluation in SQLite (WAL, 256 a transaction). Wall seconds are the least of the repetitions, CPU seconds their mean; needs hyperfine.
"""
import json
import subprocess
import sys
import tempfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent.parent
CONFIG = REPOSITORY / "configs" / "nas_bench_201" / "random.yaml"
MANY = 2000  # evaluations, each of another of the 5,260 classes
PYTHON_MANY = 40000  # it only counts, so more of them drown the noise of its start

PEER = """
import csv, gzip, json, random, sqlite3, sys
accuracy, run, budget = sys.argv[1:]
table = {row["arch"]: row for row in csv.DictReader(gzip.open(accuracy, "rt"))}
store = sqlite3.connect(run)
store.execute("PRAGMA journal_mode=WAL")
store.execute("CREATE TABLE evaluation (id INTEGER PRIMARY KEY, architecture TEXT, metrics TEXT)")
names = list(table)
random.seed(1)
for i in range(int(budget)):
    arch = names[random.randrange(len(names))]
    metrics = {"valid_pct": float(table[arch]["cifar10_valid_acc_200ep_pct"])}
    store.execute("INSERT INTO evaluation (architecture, metrics) VALUES (?, ?)", (arch, json.dumps(metrics)))
    if i % 256 == 255:
        store.commit()
store.commit()
"""


def seconds(command, prepare="true", runs=20):
    """Least wall seconds and mean CPU seconds."""
    with tempfile.NamedTemporaryFile(suffix=".json") as out:
        subprocess.run(["hyperfine", "--shell=none", "--warmup", "2", "--runs", str(runs), "--prepare", prepare,
                        "--export-json", out.name, command], check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        result = json.loads(Path(out.name).read_text())["results"][0]
    return result["min"], result["user"] + result["system"]


def main():
    espalier = Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as folder:
        def search(budget):
            return seconds(f"{espalier} run {CONFIG} --out {folder}/run --quiet --set costs=[] --set constraints=[]"
                           f" --set budget.evaluations={budget}",
                           f"rm -rf {folder}/run")

        accuracy = REPOSITORY / "examples" / "data" / "nas_bench_201" / "accuracy.csv.gz"
        script = Path(folder) / "peer.py"
        script.write_text(PEER)

        def python_search(budget):
            return seconds(f"python3 {script} {accuracy} {folder}/peer.db {budget}",
                           f"rm -f {folder}/peer.db {folder}/peer.db-wal {folder}/peer.db-shm", runs=8)

        listing, python = seconds(f"{espalier} plugins list"), seconds("python3 -c pass")
        one, many = search(1), search(MANY)
        python_one, python_many = python_search(1), python_search(PYTHON_MANY)
    each = (many[1] - one[1]) / (MANY - 1)
    python_each = (python_many[1] - python_one[1]) / (PYTHON_MANY - 1)
    rows = [
        ("`espalier plugins list`, wall", listing[0] * 1e3, "ms", python[0] * 1e3, "python3 -c pass", 20),
        ("a run of one evaluation, wall", one[0] * 1e3, "ms", python_one[0] * 1e3, "the same in Python", 60),
        ("each further evaluation of `random`, CPU", each * 1e6, "us", python_each * 1e6, "the same in Python", 20),
    ]
    print("| what | Espalier | limit | Python | ratio |\n| --- | --- | --- | --- | --- |")
    for what, ours, unit, theirs, peer, limit in rows:
        print(f"| {what} | {ours:.1f} {unit} | {limit} {unit} | {theirs:.1f} {unit} ({peer}) | {ours / theirs:.2f} |")
    sys.exit(any(ours > limit for _, ours, _, _, _, limit in rows))


if __name__ == "__main__":
    main()
