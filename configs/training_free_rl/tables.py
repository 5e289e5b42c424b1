#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tables 1 and 2 of Tran and Bae (JBE 26(7), 2021) and the correlation study, from nothing to one Markdown page.

    configs/training_free_rl/tables.py --espalier build/release/bin/espalier --runs runs/training_free_rl

Needs ESPALIER_DATA (CIFAR-10 and the NAS-Bench-201 table) and Python's standard library. What is finished in --runs is
not computed again, so an interrupted call is simply repeated. The indicators of all networks take about 25 minutes a
seed on one core, the searches about as long in all.
"""
import argparse
import csv
import gzip
import json
import math
import os
import sqlite3
import statistics
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import study as shared  # noqa: E402

TABLES = HERE.parent.parent / "examples" / "data" / "nas_bench_201"

# name in the paper -> metric of the reward, metric that chooses the winner
SCORES = {
    "CJ": ("cj_count_ecdf", "cj_count"),
    "NLR": ("nlr_ecdf", "nlr"),
    "CNNTK": ("cnntk_ecdf", "cnntk"),
    "OS": ("os_rel_ecdf", "os_rel"),
    "FI": ("fi_equal", "fi_strict"),
}
# config -> title, target in ms, column of latency.csv.gz
DEVICES = {
    "edgegpu": ("Edge GPU", 6, "edgegpu_cifar10_latency_ms"),
    "raspi4": ("Raspi 4", 40, "raspi4_cifar10_latency_ms"),
    "pixel3": ("Pixel 3", 20, "pixel3_cifar10_latency_ms"),
}
# CIFAR-10 and CIFAR-100 rows of Table 1: accuracy and latency by device
PAPER_1 = {
    ("CIFAR-10", "CJ"): {"edgegpu": (93.56, 4.83), "raspi4": (93.07, 28.95), "pixel3": (93.67, 15.74)},
    ("CIFAR-10", "NLR"): {"edgegpu": (91.75, 5.36), "raspi4": (90.27, 17.55), "pixel3": (90.47, 7.35)},
    ("CIFAR-10", "CNNTK"): {"edgegpu": (93.47, 4.67), "raspi4": (93.41, 28.92), "pixel3": (93.49, 14.34)},
    ("CIFAR-10", "OS"): {"edgegpu": (93.32, 5.44), "raspi4": (92.65, 34.00), "pixel3": (93.35, 18.00)},
    ("CIFAR-10", "FI"): {"edgegpu": (93.76, 5.49), "raspi4": (93.42, 28.06), "pixel3": (93.80, 16.20)},
}
PAPER_1_CIFAR100 = {  # searched with CIFAR-100 images and latencies, which ours are not
    "CJ": {"edgegpu": 70.65, "raspi4": 70.27, "pixel3": 71.07},
    "NLR": {"edgegpu": 68.82, "raspi4": 66.35, "pixel3": 66.94},
    "CNNTK": {"edgegpu": 70.70, "raspi4": 70.31, "pixel3": 70.53},
    "OS": {"edgegpu": 69.32, "raspi4": 68.63, "pixel3": 69.38},
    "FI": {"edgegpu": 72.00, "raspi4": 70.91, "pixel3": 72.11},
}
PAPER_2 = {"edgegpu": (93.44, 93.76), "raspi4": (92.87, 93.42), "pixel3": (93.27, 93.80)}  # without, with R_LAT
# Spearman's rho and Kendall's tau-b of an independent implementation in Python; the paper prints none. Reduced networks,
# 948 classes, one initialisation and one batch, standard error about 0.02.
EXPECTED_REDUCED = {"cj_count": (0.653, 0.466), "cj_logdet": (0.794, 0.606), "naswot": (0.805, 0.616),
                    "os_rel": (0.727, 0.543), "os_var": (0.620, 0.443), "cnntk": (0.574, 0.403), "nlr": (0.625, 0.458),
                    "fi_equal": (0.763, None), "params_m": (0.794, None)}
EXPECTED_FITTED = {"fi_fitted": (0.754, None)}
# Full networks, 110 classes, standard error about 0.06.
EXPECTED_FULL = {"cj_count": (0.656, 0.465), "cj_logdet": (0.810, 0.622), "naswot": (0.750, 0.568),
                 "os_rel": (0.559, 0.390), "os_var": (0.454, 0.314), "cnntk": (0.650, 0.463), "nlr": (0.492, 0.339),
                 "params_m": (0.819, 0.650)}


def of_seed(seed):
    return {"evaluator.seed": seed, "evaluator.of.seed": seed}


def number(text):
    return float(text) if text not in (None, "") else math.nan


def table(file):
    with gzip.open(TABLES / file, "rt") as lines:
        return {row["arch"]: row for row in csv.DictReader(lines)}


def noted(directory, series):
    """The values of one curve of each run in a folder of seeds, run by run."""
    curves = []
    for database in sorted(directory.glob("seed-*/run.db")):
        with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as store:
            curves.append([v for (v,) in store.execute("SELECT value FROM note WHERE series = ? ORDER BY id", (series,))])
    return curves


def unique_string(arch):
    """The benchmark's own name of an isomorphism class: equal for 6,466 different ones."""
    nodes = ["0"]
    for node in arch.split("+"):
        terms = []
        for edge in node.strip("|").split("|"):
            operation, source = edge.split("~")
            source = nodes[int(source)]
            if operation == "none" or source == "#":
                terms.append("#")
            else:
                terms.append(source if operation == "skip_connect" else f"({source})@{operation}")
        nodes.append("+".join(sorted(terms)))
    return nodes[3]


def mean_and_spread(values):
    values = [v for v in values if not math.isnan(v)]
    if not values:
        return math.nan, math.nan
    return statistics.fmean(values), statistics.stdev(values) if len(values) > 1 else 0.0


def shown(values, digits=2):
    mean, spread = mean_and_spread(values)
    return "–" if math.isnan(mean) else f"{mean:.{digits}f} ± {spread:.{digits}f}"


class Study:
    def __init__(self, arguments):
        self.runs = shared.Runs(arguments, HERE)
        self.seeds, self.controllers = range(1, arguments.indicator_seeds + 1), arguments.controller_seeds
        self.every = f"1..{self.controllers}"
        self.accuracy, self.latency = table("accuracy.csv.gz"), table("latency.csv.gz")
        self.page = shared.Page()
        self.say = self.page.say

    # --- runs ---------------------------------------------------------------------------------------------------

    def indicators(self, seed):
        return self.runs.run(f"indicators-{seed}", "indicators.yaml", of_seed(seed))

    def with_latency(self, device, score, seed, fill=True):
        """One folder of runs that maximise score x R_LAT."""
        reward, objective = SCORES[score]
        settings = {**of_seed(seed), "reuse": f"[{self.indicators(seed)}]", "reward.score": reward,
                    "objectives": f"[{{metric: {objective}, goal: max}}]"}
        if not fill:
            settings |= {"costs.0.fill": "none", "constraints": "[{metric: latency_ms, max: 6, enforce: winners}]"}
        name = f"{device}{'' if fill else '-measured'}-{score.lower()}-{seed}"
        return self.runs.run(name, f"{device}.yaml", settings, self.every)

    def score_only(self, seed):
        """FI without R_LAT. Which device it is for shows in the choice of the winner only."""
        settings = {**of_seed(seed), "reuse": f"[{self.indicators(seed)}]",
                    "reward": "{use: weighted_sum, metrics: [fi_equal], weights: [1]}"}
        return self.runs.run(f"score-only-fi-{seed}", "raspi4.yaml", settings | {"costs.0.minimum": 0}, self.every)

    def random(self, seed):
        settings = {**of_seed(seed), "reuse": f"[{self.indicators(seed)}]", "costs.0.minimum": 0}
        return self.runs.run(f"random-{seed}", "random.yaml", settings, self.every)

    # --- winners ------------------------------------------------------------------------------------------------

    def latency_of(self, arch, device):
        value = number(self.latency[arch][DEVICES[device][2]])
        return math.nan if value < 0.1 else value

    def winners(self, directory):
        return self.runs.rows(directory, "--each")

    def chosen(self, rows, device, objective):
        """The best of the rows of one run within the device's target; ties go to the faster one. As the engine does."""
        feasible = [(number(row[objective]), -self.latency_of(row["architecture"], device), row["architecture"])
                    for row in rows if row["status"] == "ok"
                    and self.latency_of(row["architecture"], device) <= DEVICES[device][1]]
        return max(feasible)[2] if feasible else None

    def chosen_in_each(self, directory, device, objective):
        by_run = {}
        for row in self.all_rows(directory):
            by_run.setdefault(row["run"], []).append(row)
        return [arch for arch in (self.chosen(rows, device, objective) for rows in by_run.values()) if arch]

    def all_rows(self, directory):
        cache = self.__dict__.setdefault("cache", {})
        if directory not in cache:
            cache[directory] = self.runs.rows(directory, "--all")
        return cache[directory]

    def accuracies(self, archs, column="cifar10_test_acc_200ep_pct"):
        return [number(self.accuracy[arch][column]) for arch in archs]

    # --- tables -------------------------------------------------------------------------------------------------

    def correlations(self):
        """Cells drawn so that each of the 6,466 isomorphism classes is as likely as any other."""
        first = {}
        file = self.runs.folder / "first_of_class.csv"
        with open(file, "w") as out:
            out.write("arch,first_of_class\n")
            for arch in self.accuracy:
                out.write(f"{arch},{1 if first.setdefault(unique_string(arch), arch) == arch else 0}\n")
        if len(first) != 6466:
            sys.exit(f"{len(first)} isomorphism classes instead of 6,466")
        params = Path(os.environ["ESPALIER_DATA"]) / "nasbench201" / "nasbench201.csv.gz"
        costs = [{"use": "table", "file": str(file), "column": "first_of_class", "as": "first_of_class"},
                 {"use": "table", "file": str(params), "column": "params_cifar10_m", "as": "params_m"}]
        self.sampled = {"costs": json.dumps(costs), "constraints": "[{metric: first_of_class, min: 1}]"}
        self.say("# Training-free RL: tables\n")
        self.say("Written by `configs/training_free_rl/tables.py`; [how](../reproducing.md).\n")
        self.say("## Correlation with the test accuracy after 200 epochs\n")
        self.say("`espalier correlate` on cells drawn uniformly from the 6,466 isomorphism classes, CIFAR-10. Expected: an"
                 " independent implementation (948 classes on reduced networks, 110 on full ones). Agreement: the"
                 " difference is at most three times its standard error, by bootstrap over cells. A seed is one set of"
                 " images, noise and weights; the bootstrap knows nothing of that choice.\n")
        reduced = {seed: self.rho_of(f"correlation-{seed}", {
            **of_seed(seed), "reuse": f"[{self.indicators(seed)}]", "budget.evaluations": 1000}) for seed in self.seeds}
        self.rho = reduced[self.seeds[0]]
        for seed in self.seeds:
            self.compare_rho(f"Reduced networks, seed {seed}", reduced[seed], EXPECTED_REDUCED, 0.02)
        labels = {"use": "table", "file": str(TABLES / "accuracy.csv.gz"), "column": "cifar10_valid_acc_200ep_pct",
                  "as": "valid_pct"}
        fitted = self.rho_of("correlation-fitted", {
            "evaluator.labels": json.dumps(labels), "evaluator.of.metrics": "[cj_count, nlr, cnntk, os_rel]",
            "budget.evaluations": 1000})
        self.compare_rho("FI fitted to the validation accuracy of 100 other cells, reduced networks", fitted,
                         EXPECTED_FITTED, 0.02)
        full = self.rho_of("correlation-full", {
            "evaluator": "{use: indicators, preset: full, metrics: [cj_count, cj_logdet, nlr, cnntk, os_var, os_rel,"
                         " naswot]}",
            "objectives": "[{metric: naswot, goal: max}]", "budget.evaluations": 300})
        self.compare_rho("Full networks, seed 1", full, EXPECTED_FULL, 0.06)

    def rho_of(self, name, settings):
        directory = self.runs.run(name, "random.yaml", {**settings, **self.sampled})
        rows = json.loads(self.runs.call("correlate", str(directory), "--against", "test_pct", "--format", "json"))
        return {(row["metric"], row["among"]): {key: number(value) if key not in ("metric", "among") else value
                                                for key, value in row.items()} for row in rows}

    def compare_rho(self, title, rho, expected, expected_error):
        n = int(rho[next(iter(expected)), "all"]["n"])
        self.say(f"### {title} ({n} cells)\n")
        self.say("| metric | rho | expected | agrees | tau | expected | PLCC | RMSE | rho, best half | best fifth |\n"
                 + "| --- " * 10 + "|")
        for metric, (expected_rho, expected_tau) in expected.items():
            row = rho[metric, "all"]
            error = math.hypot(row["spearman_se"], expected_error)
            agrees = abs(row["spearman"] - expected_rho) <= 3 * error
            tau = "" if expected_tau is None else f"{expected_tau:.3f}"
            self.say(f"| `{metric}` | {row['spearman']:.3f} ± {row['spearman_se']:.3f} | {expected_rho:.3f} |"
                     f" {'yes' if agrees else '**no**'} ({(row['spearman'] - expected_rho) / error:+.1f} SE) |"
                     f" {row['kendall']:.3f} | {tau} | {row['pearson']:.3f} | {row['rmse']:.2f} |"
                     f" {rho[metric, 'best half']['spearman']:.3f} | {rho[metric, 'best fifth']['spearman']:.3f} |")
        self.say()

    def rho_all(self, metric):
        return self.rho[metric, "all"]["spearman"]

    def table_1(self):
        self.found, self.random_mean = {}, {}
        self.say("## Table 1\n")
        n = len(self.seeds) * self.controllers
        self.say(f"Mean ± standard deviation of {n} runs ({len(self.seeds)} indicator seeds x {self.controllers} controller"
                 " seeds); accuracy in % (CIFAR-10 test, 200 epochs) and latency in ms of the chosen cell. *Random*: 500"
                 " different random cells, the same choice; of the controller's 500 proposals about half are different.\n")
        self.say("| device | indicator | paper: accuracy | ms | ours: accuracy | ms | between indicator seeds | random:"
                 " accuracy | ms | CIFAR-100 paper | CIFAR-100 ours |\n" + "| --- " * 11 + "|")
        for device, (title, _, _) in DEVICES.items():
            for score, (_, objective) in SCORES.items():
                self.row_1(device, title, score, objective, True)
        self.say("\nEdge GPU without filling: cells that are not measured fail and teach the controller nothing.\n")
        self.say("| device | indicator | paper: accuracy | ms | ours: accuracy | ms | between indicator seeds | random:"
                 " accuracy | ms | CIFAR-100 paper | CIFAR-100 ours |\n" + "| --- " * 11 + "|")
        for score, (_, objective) in SCORES.items():
            self.row_1("edgegpu", "Edge GPU, measured only", score, objective, False)
        self.say("\nCIFAR-100: accuracy of the same cells when trained on CIFAR-100; indicators and latencies are those of"
                 " CIFAR-10, in the paper those of CIFAR-100. ImageNet16-120: latencies are published for 44 cells only,"
                 " so its rows cannot be reproduced.\n")

    def row_1(self, device, title, score, objective, fill):
        rows = {seed: self.winners(self.with_latency(device, score, seed, fill)) for seed in self.seeds}
        archs = {seed: [row["architecture"] for row in rows[seed]] for seed in self.seeds}
        every = [arch for seed in self.seeds for arch in archs[seed]]
        baseline = [arch for seed in self.seeds for arch in self.chosen_in_each(self.random(seed), device, objective)]
        latencies = [self.latency_of(arch, device) for arch in every]
        per_seed = [statistics.fmean(self.accuracies(archs[seed])) for seed in self.seeds]
        paper = PAPER_1["CIFAR-10", score][device]
        if fill:
            self.found[device, score] = (self.accuracies(every), latencies)
            self.random_mean[device, score] = statistics.fmean(self.accuracies(baseline))
        self.say(f"| {title} | {score} | {paper[0]:.2f} | {paper[1]:.2f} | {shown(self.accuracies(every))} |"
                 f" {shown(latencies)} | {'  '.join(f'{v:.2f}' for v in per_seed)} | {shown(self.accuracies(baseline))} |"
                 f" {shown([self.latency_of(a, device) for a in baseline])} | {PAPER_1_CIFAR100[score][device]:.2f} |"
                 f" {shown(self.accuracies(every, 'cifar100_test_acc_200ep_pct'))} |")

    def table_2(self):
        self.without = {}
        self.say("## Table 2: FI without and with R_LAT\n")
        self.say("| device | paper: without | with | ours: without | with | paired difference, 95 % interval | best feasible"
                 " `fi_strict` without | with |\n" + "| --- " * 8 + "|")
        for device, (title, _, _) in DEVICES.items():
            without, fi_without, with_, fi_with = [], [], [], []
            for seed in self.seeds:
                value = {(row["run"], row["architecture"]): number(row["fi_strict"])
                         for row in self.all_rows(self.score_only(seed))}
                by_run = {}
                for row in self.all_rows(self.score_only(seed)):
                    by_run.setdefault(row["run"], []).append(row)
                chosen = {run.split("/")[-1]: self.chosen(rows, device, "fi_strict") for run, rows in by_run.items()}
                best = {run.split("/")[-1]: max((value[run, a] for (r, a) in value if r == run
                                                and a == chosen[run.split("/")[-1]]), default=math.nan)
                        for run in by_run}
                for row in self.winners(self.with_latency(device, "FI", seed)):
                    run = row["run"].split("/")[-1]
                    if not chosen.get(run):
                        continue
                    without += self.accuracies([chosen[run]])
                    fi_without.append(best[run])
                    with_ += self.accuracies([row["architecture"]])
                    fi_with.append(number(row["fi_strict"]))
            difference = [a - b for a, b in zip(with_, without)]
            mean, spread = mean_and_spread(difference)
            half = 2.01 * spread / math.sqrt(max(1, len(difference)))  # Student's t for about 50 runs
            self.without[device] = (mean, half, statistics.fmean(fi_without), statistics.fmean(fi_with))
            self.say(f"| {title} | {PAPER_2[device][0]:.2f} | {PAPER_2[device][1]:.2f} | {shown(without)} | {shown(with_)} |"
                     f" {mean:+.2f} [{mean - half:+.2f}, {mean + half:+.2f}] | {shown(fi_without, 3)} |"
                     f" {shown(fi_with, 3)} |")
        self.say()

    def policies(self):
        """What the final policies are like: mean latency relative to the target, share of feasible samples."""
        def curve(directories, series, of):
            return [of(values) for directory in directories for values in noted(directory, series) if values]

        target = DEVICES["pixel3"][1]
        with_ = [self.with_latency("pixel3", "FI", seed) for seed in self.seeds]
        latency_with = statistics.fmean(curve(with_, "final_policy_latency_ms", lambda v: v[-1]))
        share_with = statistics.fmean(curve(with_, "feasible", statistics.fmean))
        settings = {"reward": "{use: weighted_sum, metrics: [fi_equal], weights: [1]}"}
        without = [self.runs.run(f"pixel3-score-only-fi-{seed}", "pixel3.yaml",
                                 {**of_seed(seed), "reuse": f"[{self.indicators(seed)}]", **settings}, self.every)
                   for seed in self.seeds]
        latency_without = statistics.fmean(curve(without, "final_policy_latency_ms", lambda v: v[-1]))
        share_without = statistics.fmean(curve(without, "feasible", statistics.fmean))
        distinct = curve(with_, "distinct", lambda v: v[-1])
        self.say("## Final policies (FI, Pixel 3)\n")
        self.say("| reward | mean latency of 100 samples / T | feasible share of all samples | different networks |\n"
                 "| --- | --- | --- | --- |")
        self.say(f"| FI x R_LAT | {latency_with / target:.2f} | {share_with:.2f} | {shown(distinct, 0)} |")
        self.say(f"| FI | {latency_without / target:.2f} | {share_without:.2f} |"
                 f" {shown(curve(without, 'distinct', lambda v: v[-1]), 0)} |\n")
        return latency_with / target, share_with, latency_without / target, share_without

    def must_show(self, policy):
        four = {m: self.rho_all(m) for m in ("cj_count", "nlr", "cnntk", "os_rel")}
        fi = self.rho_all("fi_equal")
        mean = {key: (statistics.fmean(a), statistics.fmean(ms)) for key, (a, ms) in self.found.items()}
        slowest = {device: max(max(ms) for (d, _), (_, ms) in self.found.items() if d == device) for device in DEVICES}
        feasible = {device: statistics.fmean(self.accuracies(
            [a for a in self.latency if self.latency_of(a, device) <= DEVICES[device][1]])) for device in DEVICES}
        checks = [
            ("(a) FI tells the accuracy at least as well as each of the paper's four, which lie in 0.45 to 0.80",
             fi >= max(four.values()) and all(0.45 <= r <= 0.80 for r in four.values()),
             f"rho FI {fi:.3f}; " + ", ".join(f"{m} {r:.3f}" for m, r in four.items()) + "; better than FI: "
             + (", ".join(f"{m} {self.rho_all(m):.3f}" for m in ("cj_logdet", "naswot", "params_m")
                          if self.rho_all(m) > fi) or "none of cj_logdet, naswot, params")),
            ("(b) with R_LAT the final policy's latency is at most 1.1 T and 0.4 of the samples are feasible; without, it"
             " is at least 1.3 T or at most 0.35 are",
             policy[0] <= 1.1 and policy[1] >= 0.4 and (policy[2] >= 1.3 or policy[3] <= 0.35),
             "with {:.2f} T, {:.2f}; without {:.2f} T, {:.2f}".format(*policy)),
            ("(c) R_LAT finds a better feasible FI; the 95 % interval of the paired difference in accuracy reaches -0.1",
             all(with_ >= without and d + half >= -0.1 for d, half, without, with_ in self.without.values()),
             "; ".join(f"{DEVICES[dev][0]}: FI {without:.3f} to {with_:.3f}, accuracy {d:+.2f} ± {half:.2f}"
                       for dev, (d, half, without, with_) in self.without.items())),
            ("(d) every winner keeps its target", all(slowest[d] <= DEVICES[d][1] for d in DEVICES),
             "; ".join(f"{DEVICES[d][0]}: slowest {slowest[d]:.2f} of {DEVICES[d][1]} ms" for d in DEVICES)),
            ("(e) NLR's choice is faster and less accurate than FI's",
             all(mean[d, "NLR"][0] < mean[d, "FI"][0] and mean[d, "NLR"][1] < mean[d, "FI"][1] for d in DEVICES),
             "; ".join(f"{DEVICES[d][0]}: {mean[d, 'NLR'][0]:.2f} in {mean[d, 'NLR'][1]:.1f} ms, FI"
                       f" {mean[d, 'FI'][0]:.2f} in {mean[d, 'FI'][1]:.1f} ms" for d in DEVICES)),
            ("(f) FI's accuracy is within 1.5 points of the paper's and above the mean of all feasible cells",
             all(abs(mean[d, "FI"][0] - PAPER_1["CIFAR-10", "FI"][d][0]) <= 1.5 and mean[d, "FI"][0] > feasible[d]
                 for d in DEVICES),
             "; ".join(f"{DEVICES[d][0]}: {mean[d, 'FI'][0]:.2f}, paper {PAPER_1['CIFAR-10', 'FI'][d][0]:.2f}, feasible"
                       f" {feasible[d]:.2f}" for d in DEVICES)),
        ]
        short = [f"{DEVICES[d][0]} {d_mean:+.2f}" for d, (d_mean, *_) in self.without.items() if d_mean < 0]
        behind = {(d, s): mean[d, s][0] - PAPER_1["CIFAR-10", s][d][0] for d in DEVICES for s in SCORES}
        worst, best = min(behind, key=behind.get), max(behind, key=behind.get)
        self.say("## What falls short of the paper\n")
        self.say(f"* Accuracy: ours minus the paper's is {behind[worst]:+.2f} ({worst[1]}, {DEVICES[worst[0]][0]}) to"
                 f" {behind[best]:+.2f} ({best[1]}, {DEVICES[best[0]][0]}); FI "
                 + ", ".join(f"{DEVICES[d][0]} {behind[d, 'FI']:+.2f}" for d in DEVICES) + ".")
        self.say("* R_LAT: the paper gains 0.32 to 0.55 points of accuracy with it; here the mean is negative on "
                 + (", ".join(short) or "no device") + ". What it reliably gives is a policy within the target and a"
                 " better feasible FI.")
        random_better = sum(self.random_mean[k] >= mean[k][0] for k in mean)
        self.say(f"* Random search, with 500 different cells, finds an at least as accurate cell in {random_better} of"
                 f" {len(mean)} rows: the ranking's top limits the search, not the controller.\n")
        self.say("## What must show\n")
        self.say("| claim | holds | figures |\n| --- | --- | --- |")
        for claim, holds, figures in checks:
            self.say(f"| {claim} | {'yes' if holds else '**no**'} | {figures} |")
        self.say()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    shared.add_options(parser, "runs/training_free_rl")
    parser.add_argument("--indicator-seeds", type=int, default=3)
    parser.add_argument("--controller-seeds", type=int, default=17)
    parser.add_argument("--only", choices=["indicators", "correlation"], help="stop after this part")
    arguments = parser.parse_args()
    if "ESPALIER_DATA" not in os.environ:
        sys.exit("set ESPALIER_DATA to the folder that holds cifar10/ and nasbench201/")
    study = Study(arguments)
    for seed in study.seeds:
        study.indicators(seed)
    if arguments.only != "indicators":
        study.correlations()
    if not arguments.only:
        study.table_1()
        study.table_2()
        study.must_show(study.policies())
    study.page.write(arguments.report)


if __name__ == "__main__":
    main()
