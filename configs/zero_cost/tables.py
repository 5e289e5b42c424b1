#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How well FI-ZC ranks NAS-Bench-201 and what its choice is worth, from nothing to one Markdown page.

    configs/zero_cost/tables.py --espalier build/release/bin/espalier --runs runs/zero_cost

Computes the indicators of all 5,260 classes once (exhaustive.yaml, about 15 minutes on one core), then
  1. rank correlations with the accuracies of three data sets, per class and per architecture,
  2. the accuracy of the best of 300 random cells under latency limits, chosen by each score,
  3. with --others: the indicators that FI-ZC leaves out, on 200 classes,
  4. with --seeds: FI-ZC with other images, weights and reference sets, on 200 classes,
  5. with --searches N: for each device, N searches by reinforcement learning, by aging evolution and at random with
     scores from step 1, the best of all cells, the same with three seeds averaged, and with other sets of indicators.
Needs ESPALIER_DATA (CIFAR-10) and Python's standard library. What is finished in --runs is not computed again, so an
interrupted call is simply repeated.
"""
import argparse
import csv
import gzip
import io
import json
import math
import os
import random
import statistics
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import study as shared  # noqa: E402

TABLES = HERE.parent.parent / "examples" / "data" / "nas_bench_201"
DATA = {"test_pct": ("CIFAR-10", "cifar10_test_acc_200ep_pct"),
        "cifar100_test_pct": ("CIFAR-100", "cifar100_test_acc_200ep_pct"),
        "imagenet16_test_pct": ("ImageNet-16-120", "imagenet16_120_test_acc_200ep_pct")}
PARTS = {"complexity": "C", "trainability": "T", "jacobian_logdet": "J", "meco": "M", "synflow": "S"}
OTHERS = ("az_expressivity", "az_progressivity", "swap", "wrcor", "zico", "gradient_norm", "snip")
LIMITS = (("no limit", None, None), ("Pixel 3 <= 20 ms", "pixel3_cifar10_latency_ms", 20),
          ("Pixel 3 <= 10 ms", "pixel3_cifar10_latency_ms", 10), ("Raspi 4 <= 40 ms", "raspi4_cifar10_latency_ms", 40),
          ("Edge GPU <= 6 ms", "edgegpu_cifar10_latency_ms", 6))
# config of the search -> title, column of latency.csv.gz, limit in ms
DEVICES = {"pixel3": ("Pixel 3, 20 ms", "pixel3_cifar10_latency_ms", 20),
           "raspi4": ("Raspi 4, 40 ms", "raspi4_cifar10_latency_ms", 40),
           "edgegpu": ("Edge GPU, 6 ms", "edgegpu_cifar10_latency_ms", 6)}
SCORES = ("CJ", "NLR", "CNNTK", "OS", "FI")  # of the paper
SETS = ("CTJMS", "CTJM", "CTJS", "CJMS", "CJM", "CJS", "CTS", "CS", "C")
SEEDS = (2, 3)  # beside 1
TOP = 150  # classes a device that are scored with other seeds, too
PAGE = HERE.parent.parent / "docs" / "results" / "training_free_rl.md"
EDGES = ((0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3))


def edges(cell):
    return [word.split("~")[0] for part in cell.split("+") for word in part.strip("|").split("|")]


def function_class(cell):
    """Equal for cells that are one network up to renaming weights: sums flattened through skips, without what is nothing;
    a convolution used twice is not two alike, and only that of 0->1 can be."""
    ops = edges(cell)
    twice = ops[0].startswith("nor_conv") and "none" not in (ops[2], ops[4], ops[5])
    nodes = [["x"], [], [], []]
    for edge, (op, (a, b)) in enumerate(zip(ops, EDGES)):
        if op == "skip_connect":
            nodes[b] = sorted(nodes[b] + nodes[a])
        elif op != "none" and nodes[a]:
            name = f"{op} of 0->1" if edge == 0 and twice else op
            nodes[b] = sorted(nodes[b] + [f"{name}({'+'.join(nodes[a])})"])
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


def table(file):
    with gzip.open(TABLES / file, "rt") as lines:
        return {row["arch"]: row for row in csv.DictReader(lines)}


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


def table_1():
    """Table 1 of Tran and Bae (JBE 26(7), 2021) as configs/training_free_rl/tables.py wrote it: (the paper's accuracy,
    ours) by device and score."""
    found = {}
    for line in PAGE.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("| ").split(" | ")]
        if len(cells) > 4 and cells[1] in SCORES:
            found.setdefault((cells[0], cells[1]), (cells[2], cells[4]))
    return found


class Study:
    def __init__(self, arguments):
        self.runs, self.page = shared.Runs(arguments, HERE), shared.Page()
        self.say, self.table = self.page.say, self.page.table
        self.accuracy, self.latency = table("accuracy.csv.gz"), table("latency.csv.gz")
        self.directory = self.runs.run("exhaustive", "exhaustive.yaml", {})
        rows = self.runs.rows(self.directory, "--all")
        self.representatives = [row["architecture"] for row in rows if row["status"] == "ok"]
        self.scores = {function_class(row["architecture"]): self.of(row) for row in rows if row["status"] == "ok"}
        self.known = {cell: self.scores[function_class(cell)] for cell in self.accuracy}

    @staticmethod
    def of(row):
        """What one class got; sets of indicators as FI-ZC fuses them, the mean logarithm of their places."""
        values = {name: float(row[name]) for name in ("fi_zc_log", *PARTS)}
        places = {letter: math.log(float(row[f"{name}_ecdf"])) for name, letter in PARTS.items()}
        values |= {letters: statistics.fmean(places[letter] for letter in letters) for letters in SETS}
        assert abs(values["CTJMS"] - values["fi_zc_log"]) < 1e-12
        return values

    def test(self, cell, column="cifar10_test_acc_200ep_pct"):
        return float(self.accuracy[cell][column])

    def feasible(self, cell, column, most):
        # below 0.1 ms the device's compiler has optimised the network away
        return not column or 0.1 <= float(self.latency[cell][column] or "nan") <= most

    def best(self, cells, score, column):
        """Of cells with the same score the fastest."""
        return max(cells, key=lambda c: (score(c), -float(self.latency[c][column]) if column else 0))

    def correlate(self, directory, metric, per):
        text = self.runs.call("correlate", directory, "--against", metric, "--per", per, "--format", "csv")
        return {(row["metric"], row["among"]): row for row in csv.DictReader(io.StringIO(text))}

    # --- tables -------------------------------------------------------------------------------------------------

    def correlations(self):
        self.say("## Rank correlation\n")
        for per, title in (("class", "One row a class, with the mean accuracy of its members"),
                           ("architecture", "Every architecture, as benchmarks are usually quoted")):
            self.say(f"{title}. ± is a bootstrap standard error.\n")
            lines = []
            for metric, (data, _) in DATA.items():
                rows = self.correlate(self.directory, metric, per)
                for score in ("fi_zc_log", *PARTS):
                    all_, half, fifth = (rows[score, among] for among in ("all", "best half", "best fifth"))
                    lines.append(("**fi_zc**" if score == "fi_zc_log" else score, data, all_["n"],
                                  f"{float(all_['spearman']):.3f} ± {float(all_['spearman_se']):.3f}",
                                  f"{float(all_['kendall']):.3f}", f"{float(half['spearman']):.2f}",
                                  f"{float(fifth['spearman']):.2f}", f"{float(all_['best_20']):.2f}"))
            self.table(("score", "data", "n", "rho", "tau", "rho, best half", "rho, best fifth",
                        "mean accuracy of the 20 best"), lines)

    def params(self):
        self.say("The same for the number of parameters: raw, as the benchmark counts them, and of the live network.\n")
        lines = []
        for data, column in DATA.values():
            y = [self.test(cell, column) for cell in self.accuracy]
            for name, of in (("raw params", lambda cell: params_m(edges(cell))), ("live params", live_params_m)):
                lines.append((name, data, f"{rank_correlation([of(cell) for cell in self.accuracy], y):.3f}"))
        self.table(("score", "data", "rho per architecture"), lines)

    def best_of_300(self, draws=1000, count=300):
        self.say(f"## Best of {count} random cells\n\nMean accuracies (CIFAR-10, CIFAR-100, ImageNet-16-120) over"
                 f" {draws:,} draws; of cells with the same score the fastest. The oracle knows the CIFAR-10 accuracy.\n")
        scores = {"FI-ZC": lambda c: self.known[c]["fi_zc_log"],
                  **{m: (lambda c, m=m: self.known[c][m]) for m in PARTS},
                  "raw params": lambda c: params_m(edges(c)), "oracle": self.test, "random": None}
        cells = sorted(self.accuracy)
        picks = {(name, limit): [] for name in scores for limit, _, _ in LIMITS}
        rng = random.Random(1)
        for _ in range(draws):
            drawn = rng.sample(cells, count)
            for limit, column, most in LIMITS:
                allowed = [c for c in drawn if self.feasible(c, column, most)]
                for name, score in scores.items():
                    if allowed:
                        picks[name, limit].append(self.best(allowed, score, column) if score else rng.choice(allowed))
        self.table(("score", *(name for name, _, _ in LIMITS)),
                   [(name, *(" ".join(f"{statistics.fmean(self.test(c, column) for c in picks[name, limit]):.2f}"
                                      for _, column in DATA.values()) for limit, _, _ in LIMITS)) for name in scores])

    def sample(self, count=200):
        return random.Random(1).sample(self.representatives, count)

    def others(self):
        cells = self.sample()
        self.say(f"## The other indicators\n\nrho on {len(cells)} random classes, standard errors by bootstrap.\n")
        directory = self.runs.run("others", "exhaustive.yaml", self.only("others", cells) | {
            "evaluator": f"{{use: indicators, metrics: [{', '.join((*PARTS, *OTHERS))}], scored_batch: 16}}",
            "objectives": "[{metric: complexity, goal: max}]"})
        found = {metric: self.correlate(directory, metric, "class") for metric in DATA}
        shown = lambda row: f"{float(row['spearman']):.3f} ± {float(row['spearman_se']):.3f}"
        lines = [(name, *(shown(found[metric][name, "all"]) for metric in DATA),
                  *(f"{float(found[metric][name, 'best half']['spearman']):.2f}" for metric in DATA))
                 for name in (*PARTS, *OTHERS)]
        self.table(("indicator", *(data for data, _ in DATA.values()),
                    *(f"best half, {data}" for data, _ in DATA.values())), lines)

    def only(self, name, cells):
        """Settings of exhaustive.yaml that evaluate some classes, by their representatives."""
        file, chosen = self.runs.folder / f"{name}.csv", set(cells)
        file.write_text("arch,chosen\n" + "".join(f"{c},{int(c in chosen)}\n" for c in self.representatives))
        return {"costs": json.dumps([{"use": "table", "file": str(file), "column": "chosen", "as": "chosen"}]),
                "constraints": "[{metric: chosen, min: 1}]"}

    def seeds(self):
        cells = self.sample()
        self.say(f"## Other seeds\n\nrho of FI-ZC on {len(cells)} random classes; images, weights and reference set by the"
                 " seed.\n")
        classes = [function_class(cell) for cell in cells]
        by_seed = {1: [self.scores[c]["fi_zc_log"] for c in classes]}
        for seed in SEEDS:
            directory = self.runs.run(f"seed-{seed}", "exhaustive.yaml", self.only("others", cells) | {
                "evaluator.seed": seed, "reuse": f"[{self.top(seed)}]"})
            found = self.log_scores(directory)
            by_seed[seed] = [found[c] for c in classes]
        by_seed["mean of the three"] = [statistics.fmean(values) for values in zip(*by_seed.values())]
        members = {}
        for cell in self.accuracy:
            members.setdefault(function_class(cell), []).append(cell)
        truth = [[statistics.fmean(self.test(m, column) for m in members[c]) for c in classes]
                 for _, column in DATA.values()]
        self.table(("seed", *(f"rho {data}" for data, _ in DATA.values())),
                   [(seed, *(f"{rank_correlation(values, y):.3f}" for y in truth)) for seed, values in by_seed.items()])

    # --- searches -----------------------------------------------------------------------------------------------

    def searches(self, count):
        self.say("## Searches\n")
        self.say(f"CIFAR-10 test accuracy after 200 epochs of the chosen cell, mean ± standard deviation of {count} searches;"
                 " in brackets means of its latency and of its accuracies on CIFAR-100 and ImageNet-16-120. All scores"
                 " are looked up in the run of all classes, one seed of indicators; a search knows nothing of accuracies."
                 " The first five rows are the paper's Table 1 and its reproduction, with the same controller.\n")
        reuse = {"reuse": f"[{self.directory}]"}
        at_random = self.by_seed(self.runs.run("random", "exhaustive.yaml", reuse | {
            "strategy": "{use: random}", "budget": "{evaluations: 500}"}, f"1..{count}"))
        rescored = {seed: self.log_scores(self.top(seed)) for seed in SEEDS}
        others = table_1()
        rows = {name: [] for name in (*(f"{score}, reinforcement learning: the paper / ours" for score in SCORES),
                                      "FI-ZC, reinforcement learning (500 proposals)",
                                      "FI-ZC, aging evolution (500 different networks within the limit)",
                                      "FI-ZC, random (500 different networks)", "FI-ZC, best of all cells: seed 1",
                                      *(f"seed {seed}" for seed in rescored), "three seeds averaged",
                                      "best possible, knowing the accuracy")}
        best_of_sets = {letters: [] for letters in (*SETS, "live params")}
        for device, (_, column, most) in DEVICES.items():
            found = self.runs.run(f"search-{device}", f"{device}.yaml", reuse, f"1..{count}")
            learnt = [row["architecture"] for row in self.runs.rows(found, "--each") if row.get("test_pct")]
            cost = {"use": "table", "file": str(TABLES / "latency.csv.gz"), "column": column, "as": "latency_ms",
                    "minimum": 0.1}
            evolved = [row["architecture"] for row in self.runs.rows(self.runs.run(
                f"evolution-{device}", "exhaustive.yaml", reuse | {
                    "costs": json.dumps([cost]), "constraints": f"[{{metric: latency_ms, max: {most}}}]",
                    "strategy": "{use: aging_evolution, population: 50, sample: 10}",
                    "budget": "{evaluations: 500}"}, f"1..{count}"), "--each")]
            allowed = [c for c in self.accuracy if self.feasible(c, column, most)]
            by_score = lambda score, cells: self.best(cells, score, column)
            seed_1 = lambda c: self.known[c]["fi_zc_log"]
            again = {seed: [c for c in allowed if function_class(c) in scores] for seed, scores in rescored.items()}
            several = lambda c: statistics.fmean([seed_1(c), *(s[function_class(c)] for s in rescored.values())])
            drawn = [[c for c in cells if self.feasible(c, column, most)] for cells in at_random]
            chosen = [learnt, evolved, [by_score(seed_1, cells) for cells in drawn], [by_score(seed_1, allowed)],
                      *([by_score(lambda c: scores[function_class(c)], again[seed])]
                        for seed, scores in rescored.items()),
                      [by_score(several, next(iter(again.values())))], [by_score(self.test, allowed)]]
            name = DEVICES[device][0].split(",")[0]
            texts = [*(" / ".join(others[name, score]) for score in SCORES), *(self.shown(cells, column) for cells in chosen)]
            for row, text in zip(rows.values(), texts):
                row.append(text)
            for letters in best_of_sets:
                score = live_params_m if letters == "live params" else (lambda c: self.known[c][letters])
                ten = sorted({function_class(c): c for c in allowed}.values(), key=score)[-10:]
                best_of_sets[letters] += [
                    mean_sd([self.test(by_score(score, cells)) for cells in drawn]),
                    f"{self.test(by_score(score, allowed)):.2f}", f"{statistics.fmean(map(self.test, ten)):.2f}"]
        titles = [title for title, _, _ in DEVICES.values()]
        self.table(("search", *titles), [(name, *row) for name, row in rows.items()])
        self.say(f"Seeds {', '.join(map(str, rescored))}: other images, weights and reference set, for the {TOP} best classes"
                 " by seed 1 within each limit.\n")
        self.say("## Other sets of indicators\n")
        self.say("C, T, J, M, S: complexity, trainability, jacobian_logdet, meco, synflow, fused alike; CTJMS is FI-ZC. For"
                 f" each device: the best of 500 random networks, mean ± standard deviation of {count} draws; the best of all"
                 " cells; the mean of the ten best classes. Whoever takes the set that comes off best in this table has"
                 " looked at test accuracies.\n")
        self.table(("set", *(f"{title}: {what}" for title in titles for what in ("random 500", "best", "ten best"))),
                   [(letters, *row) for letters, row in best_of_sets.items()])

    def shown(self, cells, column):
        first, *others = (column for _, column in DATA.values())
        found = [self.test(c, first) for c in cells]
        means = [f"{statistics.fmean(self.test(c, column) for c in cells):.2f}" for column in others]
        ms = statistics.fmean(float(self.latency[c][column]) for c in cells)
        return f"{mean_sd(found) if len(cells) > 1 else f'{found[0]:.2f}'} ({ms:.1f} ms; {', '.join(means)})"

    def by_seed(self, folder):
        """What each run of a folder evaluated."""
        cells = {}
        for row in self.runs.rows(folder, "--all"):
            if row["status"] == "ok":
                cells.setdefault(row["run"], []).append(row["architecture"])
        return list(cells.values())

    def top(self, seed):
        """FI-ZC with another seed, of the classes that are among the best for any device."""
        top = set()
        for _, column, most in DEVICES.values():
            classes = {function_class(c) for c in self.accuracy if self.feasible(c, column, most)}
            top |= set(sorted(classes, key=lambda c: (self.scores[c]["fi_zc_log"], c))[-TOP:])
        cells = [cell for cell in self.representatives if function_class(cell) in top]
        return self.runs.run(f"top-seed-{seed}", "exhaustive.yaml", self.only("top", cells) | {"evaluator.seed": seed})

    def log_scores(self, directory):
        return {function_class(row["architecture"]): float(row["fi_zc_log"])
                for row in self.runs.rows(directory, "--all") if row["status"] == "ok"}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    shared.add_options(parser, "runs/zero_cost")
    parser.add_argument("--others", action="store_true", help="also the indicators that FI-ZC leaves out")
    parser.add_argument("--seeds", action="store_true", help="also other seeds on 200 classes")
    parser.add_argument("--searches", type=int, default=0, help="searches of each kind for each device")
    arguments = parser.parse_args()
    if "ESPALIER_DATA" not in os.environ:
        sys.exit("set ESPALIER_DATA to the folder that holds cifar10/")
    study = Study(arguments)
    study.say("# FI-ZC on NAS-Bench-201: tables\n")
    study.say("Written by `configs/zero_cost/tables.py`; [how](../reproducing.md#zero-cost-indicators).\n")
    study.correlations()
    study.params()
    study.best_of_300()
    if arguments.others:
        study.others()
    if arguments.seeds:
        study.seeds()
    if arguments.searches:
        study.searches(arguments.searches)
    study.page.write(arguments.report)


if __name__ == "__main__":
    main()
