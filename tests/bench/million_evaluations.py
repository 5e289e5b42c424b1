#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A million evaluations that cost next to nothing, stored in a run directory: what one costs at the end of the run,
against the beginning, the memory that the process takes and the size of its database.

    tests/bench/million_evaluations.py BUILD [EVALUATIONS [OBJECTIVES]]

Needs the tests' plug-in `orchard` (BUILD/tests/app/plugins, target app_orchard): strings of 30 bits, `random`, one objective or two. The CPU
time and the memory of the command are read from /proc while it works, and so is how many rows it has committed. Fails
if the last tenth costs more than 1.3 times the first.
"""
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LIMIT, PARTS = 1.3, 20
EXPERIMENT = """
space: {{use: bits, bits: 30}}
evaluator: {{use: taste}}
costs: [{{use: size}}]
objectives: {objectives}
strategy: {{use: random}}
budget: {{evaluations: {evaluations}}}
"""
OBJECTIVES = ["{metric: taste, goal: max}", "{metric: size_kib, goal: min}"]
TICK = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def peak_mib(pid):
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


def rows(database):
    """How many evaluations are committed; the index is the row's number, so this looks at one page."""
    if not database.exists():
        return 0
    try:
        with sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=5) as connection:
            return (connection.execute("SELECT max(id) FROM evaluation").fetchone()[0] or -1) + 1
    except sqlite3.OperationalError:  # being made
        return 0


def main():
    build = Path(sys.argv[1]).resolve()
    evaluations = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
    objectives = "[" + ", ".join(OBJECTIVES[:int(sys.argv[3]) if len(sys.argv) > 3 else 1]) + "]"
    each = evaluations // PARTS
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        (folder / "bits.yaml").write_text(EXPERIMENT.format(evaluations=evaluations, objectives=objectives))
        command = subprocess.Popen([build / "bin" / "espalier", "run", folder / "bits.yaml", "--out", folder / "run",
                                    "--quiet"], stdout=subprocess.DEVNULL,
                                   env=os.environ | {"ESPALIER_PLUGIN_PATH": str(build / "tests" / "app" / "plugins")})
        database = folder / "run" / "run.db"
        samples = []  # (rows, CPU seconds, peak memory in MiB)
        while command.poll() is None:
            try:
                before = cpu_seconds(command.pid)
                samples.append((rows(database), (before + cpu_seconds(command.pid)) / 2, peak_mib(command.pid)))
            except (FileNotFoundError, ProcessLookupError, IndexError):
                break
            time.sleep(0.05)
        if command.wait() not in (0, 4):
            sys.exit("the run failed")
        done = rows(database)
        size = sum(f.stat().st_size for f in (folder / "run").glob("run.db*")) / 2**20
    if done != evaluations:
        sys.exit(f"{done} rows instead of {evaluations}")

    def cpu_at(count):
        """By linear interpolation between samples."""
        for (a, cpu_a, _), (b, cpu_b, _) in zip(samples, samples[1:]):
            if a <= count <= b and b > a:
                return cpu_a + (count - a) / (b - a) * (cpu_b - cpu_a)
        return samples[-1][1]

    # the last rows are committed together with the end of the run, which is no evaluation
    end = max(count for count, _, _ in samples if count < evaluations)
    cpu_end = min(cpu for count, cpu, _ in samples if count == end)
    peak = max(memory for _, _, memory in samples)
    marks = [cpu_at(i * each) for i in range(PARTS)] + [cpu_end]
    print("| evaluations | CPU microseconds each | peak memory, MiB |\n| --- | --- | --- |")
    costs, marked = [], [i * each for i in range(PARTS)] + [end]
    for part in range(PARTS):
        counted = each if part < PARTS - 1 else end - part * each
        costs.append((marks[part + 1] - marks[part]) / counted * 1e6)
        memory = max(m for count, _, m in samples if count <= marked[part + 1])
        print(f"| to {(part + 1) * each:,} | {costs[-1]:.2f} | {memory:.0f} |")
    tenth = PARTS // 10
    first, last = sum(costs[:tenth]) / tenth, sum(costs[-tenth:]) / tenth
    print(f"\nlast tenth / first tenth: {last / first:.2f} (limit {LIMIT}); the end of the run, with the choice of winners, "
          f"{max(cpu for _, cpu, _ in samples) - cpu_end:.1f} CPU s; peak memory {peak:.0f} MiB, "
          f"{peak * 2**20 / evaluations:.0f} bytes an evaluation; run.db {size:.0f} MiB")
    sys.exit(last > LIMIT * first)


if __name__ == "__main__":
    main()
