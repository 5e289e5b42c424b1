#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How well FI-ZC ranks NAS-Bench-201 and what its choice is worth, from nothing to one Markdown page.

    configs/zero_cost/study.py --espalier build/release/bin/espalier --runs runs/zero_cost [--seeds 3] [--search]

Computes the indicators of all 4,930 classes once (exhaustive.yaml, about 15 minutes on one core), then
  1. rank correlations with the accuracies of three data sets, per class and per architecture,
  2. the accuracy of the best of 300 random cells under latency limits, chosen by each score,
  3. with --seeds N: the same correlations for other images, weights and reference sets, on 200 classes,
  4. with --search: 50 searches by reinforcement learning for each device, with scores from step 1.
Needs ESPALIER_DATA (CIFAR-10) and Python's standard library. What is finished in --runs is not computed again, so an
interrupted call is simply repeated.
"""
import argparse
import csv
import gzip
import io
import math
import random
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
TABLES = HERE.parent.parent / "examples" / "data" / "nas_bench_201"
DATA = {"test_pct": ("CIFAR-10", "cifar10_test_acc_200ep_pct"),
        "cifar100_test_pct": ("CIFAR-100", "cifar100_test_acc_200ep_pct"),
        "imagenet16_test_pct": ("ImageNet-16-120", "imagenet16_120_test_acc_200ep_pct")}
PARTS = {"complexity": "C", "trainability": "T", "jacobian_logdet": "J", "meco": "M", "synflow": "S"}
# limit in ms; the searches use the first of each device
LIMITS = (("no limit", None, None), ("Pixel 3 <= 20 ms", "pixel3_cifar10_latency_ms", 20),
          ("Pixel 3 <= 10 ms", "pixel3_cifar10_latency_ms", 10), ("Raspi 4 <= 40 ms", "raspi4_cifar10_latency_ms", 40),
          ("Edge GPU <= 6 ms", "edgegpu_cifar10_latency_ms", 6))
DEVICES = {"pixel3": "Pixel 3, 20 ms", "raspi4": "Raspi 4, 40 ms", "edgegpu": "Edge GPU, 6 ms"}
PAPER = {"pixel3": (93.80, 94.31), "raspi4": (93.42, 94.03), "edgegpu": (93.76, 94.21)}  # its FI; the best possible
EDGES = ((0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3))


def edges(cell):
    return [word.split("~")[0] for part in cell.split("+") for word in part.strip("|").split("|")]


def function_class(cell):
    """Equal for cells that can compute the same function: sums flattened through skips, without what is nothing."""
    nodes = [["x"], [], [], []]
    for op, (a, b) in zip(edges(cell), EDGES):
        if op == "skip_connect":
            nodes[b] = sorted(nodes[b] + nodes[a])
        elif op != "none" and nodes[a]:
            nodes[b] = sorted(nodes[b] + [f"{op}({'+'.join(nodes[a])})"])
    return "+".join(nodes[3])


def live_params_m(cell):
    """Millions of parameters without operations that do not lead from the input to the output."""
    ops = edges(cell)
    reached, leading = {0}, {3}
    for op, (a, b) in zip(ops, EDGES):
        if op != "none" and a in reached:
            reached.add(b)
    for op, (a, b) in reversed(list(zip(ops, EDGES))):
        if op != "none" and b in leading:
            leading.add(a)
    live = [op for op, (a, b) in zip(ops, EDGES) if a in reached and b in leading]
    return params_m(live)


def params_m(ops):
    return 0.073306 + 0.028 * ops.count("nor_conv_1x1") + 0.24304 * ops.count("nor_conv_3x3")


class Runs:
    """The runs in one folder, made where they are missing and finished where they are not."""

    def __init__(self, arguments):
        self.espalier, self.folder = str(Path(arguments.espalier).resolve()), Path(arguments.runs).resolve()
        self.plugin_path = arguments.plugin_path
        self.folder.mkdir(parents=True, exist_ok=True)

    def call(self, *arguments):
        plugins = ["--plugin-path", self.plugin_path] if self.plugin_path else []
        done = subprocess.run([self.espalier, *map(str, arguments), *plugins], stdout=subprocess.PIPE, text=True)
        if done.returncode not in (0, 4):  # 4: nothing feasible, an outcome like any other
            sys.exit(f"{' '.join(map(str, arguments))}: exit status {done.returncode}")
        return done.stdout

    def run(self, name, config, settings=(), seeds=None):
        directory = self.folder / name
        if directory.exists():
            self.call("resume", directory, "--quiet")
            return directory
        print(f"{name} ...", file=sys.stderr, flush=True)
        sets = [word for setting in settings for word in ("--set", setting)]
        self.call("run", HERE / config, "--out", directory, "--quiet", *sets, *(["--seeds", f"1..{seeds}"] if seeds else []))
        return directory

    def csv(self, *arguments):
        return list(csv.DictReader(io.StringIO(self.call(*arguments, "--format", "csv"))))


def table(file):
    with gzip.open(TABLES / file, "rt") as lines:
        return {row["arch"]: row for row in csv.DictReader(lines)}


def number(text):
    return float(text) if text not in (None, "") else -math.inf  # the only infinity there is


def mean_sd(values):
    return f"{statistics.fmean(values):.2f} ± {statistics.stdev(values) if len(values) > 1 else 0:.2f}"


def rank_correlation(x, y):
    def ranks(values):
        order, result = sorted(range(len(values)), key=values.__getitem__), [0.0] * len(values)
        i = 0
        while i < len(order):
            j = i
            while j + 1 < len(order) and values[order[j + 1]] == values[order[i]]:
                j += 1
            for k in order[i:j + 1]:
                result[k] = (i + j) / 2
            i = j + 1
        return result
    return statistics.correlation(ranks(x), ranks(y))


def correlations(runs, directory):
    print("## Rank correlation\n")
    for per, title in (("class", "One row a class, with the mean accuracy of its members"),
                       ("architecture", "Every architecture, as benchmarks are usually quoted")):
        print(f"{title}. ± is a bootstrap standard error.\n")
        print("| score | data | n | rho | tau | rho, best half | rho, best fifth | mean accuracy of the 20 best |\n"
              "| --- | --- | --- | --- | --- | --- | --- | --- |")
        for metric, (data, _) in DATA.items():
            rows = runs.csv("correlate", directory, "--against", metric, "--per", per)
            for score in ("fi_zc_log", *PARTS):
                all_, half, fifth = (next(r for r in rows if r["metric"] == score and r["among"] == among)
                                     for among in ("all", "best half", "best fifth"))
                name = "**fi_zc**" if score == "fi_zc_log" else score
                print(f"| {name} | {data} | {all_['n']} | {float(all_['spearman']):.3f} ± {float(all_['spearman_se']):.3f} | "
                      f"{float(all_['kendall']):.3f} | {float(half['spearman']):.2f} | {float(fifth['spearman']):.2f} | "
                      f"{float(all_['best_20']):.2f} |")
        print()


def scored(runs, directory):
    """What each class got, by function class."""
    return {function_class(row["architecture"]): {k: number(row.get(k)) for k in ("fi_zc_log", *PARTS)}
            for row in runs.csv("results", directory, "--all") if row["status"] == "ok"}


def params_rows(accuracy):
    print("The same for the number of parameters: raw, as the benchmark counts them, and of the live network.\n\n"
          "| score | data | rho per architecture |\n| --- | --- | --- |")
    for data, column in DATA.values():
        y = [float(row[column]) for row in accuracy.values()]
        for name, of in (("raw params", lambda cell: params_m(edges(cell))), ("live params", live_params_m)):
            print(f"| {name} | {data} | {rank_correlation([of(cell) for cell in accuracy], y):.3f} |")
    print()


def best_of_300(scores, accuracy, latency, draws=1000, count=300):
    print(f"## Best of {count} random cells\n\nMean accuracies (CIFAR-10, CIFAR-100, ImageNet-16-120) over {draws:,} draws; of "
          "cells with the same score the fastest. The oracle knows the CIFAR-10 accuracy.\n")
    print("| score | " + " | ".join(name for name, _, _ in LIMITS) + " |\n| --- |" + " --- |" * len(LIMITS))
    known = {cell: scores[function_class(cell)] for cell in accuracy if function_class(cell) in scores}
    values = {"FI-ZC": lambda c: known[c]["fi_zc_log"], **{m: (lambda c, m=m: known[c][m]) for m in PARTS},
              "raw params": lambda c: params_m(edges(c)), "oracle": lambda c: float(accuracy[c]["cifar10_test_acc_200ep_pct"]),
              "random": None}
    cells = sorted(known)
    ms = {column: {c: float(latency[c][column] or "nan") for c in cells} for _, column, _ in LIMITS if column}
    score_of = {name: {c: value(c) for c in cells} for name, value in values.items() if value}
    picks = {(name, limit): [] for name in values for limit, _, _ in LIMITS}
    rng = random.Random(1)
    for _ in range(draws):
        drawn = rng.sample(cells, count)
        for limit, column, most in LIMITS:
            # below 0.1 ms the device's compiler has optimised the network away
            allowed = [c for c in drawn if not column or 0.1 <= ms[column][c] <= most]
            for name in values:
                if not allowed:
                    continue
                if name == "random":
                    picks[name, limit].append(rng.choice(allowed))
                else:
                    of = score_of[name]
                    picks[name, limit].append(max(allowed, key=lambda c: (of[c], -ms[column][c] if column else 0)))
    for name in values:
        cells_of = [" ".join(f"{statistics.fmean(float(accuracy[c][column]) for c in picks[name, limit]):.2f}"
                             for _, column in DATA.values()) for limit, _, _ in LIMITS]
        print(f"| {name} | " + " | ".join(cells_of) + " |")
    print()


def seeds(runs, count):
    print("## Other seeds\n\n200 classes; images, weights and reference set by the seed.\n\n"
          "| seed | rho CIFAR-10 | CIFAR-100 | ImageNet-16-120 |\n| --- | --- | --- | --- |")
    for seed in range(1, count + 1):
        directory = runs.run(f"seed-{seed}", "exhaustive.yaml",
                             [f"evaluator.seed={seed}", "evaluator.reference=200", "strategy={use: random}",
                              "budget={evaluations: 200}"])
        rhos = [next(float(r["spearman"]) for r in runs.csv("correlate", directory, "--against", metric, "--per", "class")
                     if r["metric"] == "fi_zc_log" and r["among"] == "all") for metric in DATA]
        print(f"| {seed} | " + " | ".join(f"{rho:.3f}" for rho in rhos) + " |")
    print()


def searches(runs, directory, accuracy, count):
    print(f"## Reinforcement learning with FI-ZC and R_LAT, {count} searches a device\n\n"
          "| device | CIFAR-10 accuracy | latency, ms | the paper's FI | best possible |\n| --- | --- | --- | --- | --- |")
    for device, title in DEVICES.items():
        found = runs.run(f"search-{device}", f"{device}.yaml", [f"reuse=[{directory}]"], seeds=count)
        rows = [r for r in runs.csv("results", found, "--each") if r.get("test_pct")]
        print(f"| {title} | {mean_sd([float(r['test_pct']) for r in rows])} | "
              f"{mean_sd([float(r['latency_ms']) for r in rows])} | {PAPER[device][0]:.2f} | {PAPER[device][1]:.2f} |")
    print()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--espalier", default="espalier", help="the command")
    parser.add_argument("--runs", required=True, help="folder of the runs")
    parser.add_argument("--plugin-path", help="where plug-ins are, unless the command knows")
    parser.add_argument("--seeds", type=int, default=0, help="other seeds on 200 classes")
    parser.add_argument("--search", action="store_true", help="also 50 searches a device")
    parser.add_argument("--searches", type=int, default=50, help="how many")
    arguments = parser.parse_args()
    runs = Runs(arguments)
    accuracy, latency = table("accuracy.csv.gz"), table("latency.csv.gz")
    directory = runs.run("exhaustive", "exhaustive.yaml")
    print("# FI-ZC on NAS-Bench-201\n")
    correlations(runs, directory)
    params_rows(accuracy)
    best_of_300(scored(runs, directory), accuracy, latency)
    if arguments.seeds:
        seeds(runs, arguments.seeds)
    if arguments.search:
        searches(runs, directory, accuracy, arguments.searches)


if __name__ == "__main__":
    main()
