#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""LINAS beside random search and NSGA-II, from nothing to one Markdown page: the paper's Table 3 on surrogates (E2, E3),
NAS-Bench-201 on four devices (E1), another device by one line, the ablations of algorithm and population (E8).

    configs/linas/tables.py --espalier build/release/bin/espalier --runs runs/linas

Needs ESPALIER_DATA and Python's standard library. What is finished in --runs is not computed again, so an interrupted call
is simply repeated.
"""
import argparse
import csv
import os
import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import study as shared  # noqa: E402

RANDOM, NSGA2 = {"strategy": "{use: random}"}, {"strategy": "{use: nsga2}"}
# The paper's Table 5 has ridge and SVR for the accuracy, with little difference; `auto` takes the better one.
PAPER = {"strategy.preset": "paper", "strategy.predictor": "auto"}


FIRST_SEED = 101  # the defaults of LINAS were chosen on seeds below 10
FIRST_TUNING_SEED, TUNING_SEEDS = 1001, 100
# Of NSGA-II in a small space: a start that has every option equally often, children mostly by crossover (0.02 is the
# paper's rate), and none that is known, of which a low rate makes many.
TUNED = {"sampling": "latin_hypercube", "never_again": "true", "mutation": 0.02}


def nsga2_of(population, settings):
    options = "".join(f", {key}: {value}" for key, value in settings.items())
    return {"strategy": f"{{use: nsga2, population: {population}{options}}}"}


def budget(settings, evaluations):
    return {**settings, "budget.evaluations": evaluations}


class Curve:
    """Mean hypervolume of a group over what was counted: steps."""

    def __init__(self, rows):
        self.steps = [(int(row["count"]), float(row["hypervolume"]), float(row["spread"] or 0)) for row in rows]
        self.runs, self.last = int(rows[-1]["runs"]), self.steps[-1][0]

    def at(self, count):
        """Mean and standard deviation after `count`; none where some run ended before."""
        if count > self.last:
            return None
        return next(((value, spread) for n, value, spread in reversed(self.steps) if n <= count), (0.0, 0.0))

    def first(self, level):
        return next((n for n, value, _ in self.steps if value >= level), None)


class Study:
    def __init__(self, arguments):
        self.runs, self.page, self.seeds = shared.Runs(arguments, HERE), shared.Page(), arguments.seeds
        self.tabular_seeds = arguments.tabular_seeds
        self.html = Path(arguments.html) if arguments.html else None

    def groups(self, experiment, config, methods, seeds=None, first=FIRST_SEED):
        """One folder of runs a method."""
        last = first + (seeds or self.seeds) - 1
        return {name: self.runs.run(f"{experiment}-{re.sub('[^A-Za-z0-9._-]+', '-', name)}", config, settings,
                                    f"{first}..{last}") for name, settings in methods.items()}

    def curves(self, experiment, groups, reference, count="evaluations", extra=()):
        """Mean curves by group, as `espalier compare` computes them."""
        file = self.runs.folder / f"{experiment}-{count}.csv"
        html = ("--html", self.html / f"{experiment}.html") if self.html and count == "evaluations" else ()
        self.runs.call("compare", *(word for name, folder in groups.items() for word in ("--group", f"{name}={folder}")),
                       "--reference", reference, "--count", count, "--csv", file, *html, *extra)
        by_group = {}
        for row in csv.DictReader(open(file)):
            if not row["run"]:
                by_group.setdefault(row["group"], []).append(row)
        return {name: Curve(rows) for name, rows in by_group.items()}

    def hypervolumes(self, curves, counts, digits, expected={}, scale=1):
        """What each group has after each count, in units of `scale`, with the spec's reference levels beside it."""
        def cell(name, count):
            found, known = curves[name].at(count), expected.get(name, {}).get(count)
            text = "–" if found is None else f"{found[0] / scale:.{digits}f} ± {found[1] / scale:.{digits}f}"
            return text + (f" ({known})" if known else "")

        self.page.table(["method", "runs", *(f"@{count:,}" for count in counts)],
                        [[name, curve.runs, *(cell(name, count) for count in counts)] for name, curve in curves.items()])

    # --- Table 3 ------------------------------------------------------------------------------------------------

    def table_3(self, experiment, title, config, reference, unit, scale, large, small, counts, paper, least, expected):
        """Evaluations until LINAS has the hypervolume that random search (level 1) and NSGA-II (level 2) end with."""
        methods = {"random": budget(RANDOM, large), "nsga2": budget(NSGA2, large), "linas": budget({}, small),
                   "linas-paper": budget(PAPER, small)}
        groups = self.groups(experiment, config, methods)
        curves = self.curves(experiment, groups, reference)
        # The reference implementation counts what it validates twice; a row is a genotype.
        rows = self.curves(experiment, groups, reference, "rows")
        curves["linas-paper"] = rows["linas-paper"]
        self.page.say(f"## {title}\n")
        self.page.say(f"`configs/linas/{config}`; hypervolume in {unit}, reference point {reference}. Mean ± standard"
                      " deviation; in brackets the level of an independent implementation in Python."
                      " `linas-paper` counts every genotype it validates, as the reference implementation does.\n")
        self.hypervolumes(curves, counts, 1, expected, scale)
        levels = {"random": curves["random"].steps[-1][1], "nsga2": curves["nsga2"].steps[-1][1]}
        needs = {level: {name: curve.first(value) for name, curve in curves.items()} for level, value in levels.items()}
        self.page.say("Evaluations until the mean curve is there:\n")
        self.page.table(["level", "hypervolume", *curves],
                        [[f"{i}: {name} at {large:,}", f"{levels[name] / scale:.2f}",
                          *(f"{n:,}" if n else f"not within {curves[g].last:,}" for g, n in needs[name].items())]
                         for i, name in enumerate(levels, 1)])

        def ratio(level, over, under):
            a, b = needs[level][over], needs[level][under]
            return a / b if a and b else None

        found = {"random / LINAS, level 1": ("random", "random"), "NSGA-II / LINAS, level 1": ("random", "nsga2"),
                 "NSGA-II / LINAS, level 2": ("nsga2", "nsga2")}
        lines = []
        for (name, (level, over)), (printed, wanted) in zip(found.items(), zip(paper, least)):
            ours, theirs = ratio(level, over, "linas"), ratio(level, over, "linas-paper")
            lines.append([name, f"{printed}x", f"{ours:.1f}x" if ours else "not reached",
                          f"{theirs:.1f}x" if theirs else "not reached", f"{wanted}x",
                          "yes" if ours and ours >= wanted else "**no**"])
        self.page.table(["ratio", "paper", "ours", "preset paper", "wanted of ours", "holds"], lines)
        return curves

    def note10(self):
        expected = {"random": {100: "175.4", 250: "183.5", 500: "187.8", 1000: "194.5", 2000: "198.4"},
                    "nsga2": {100: "171.0", 250: "191.1", 500: "210.3", 1000: "230.9", 2000: "246.3"},
                    "linas": {100: "202.1", 250: "237.5", 500: "255.8"},
                    "linas-paper": {100: "184.5", 250: "219.2", 500: "234.3"}}
        curves = self.table_3("note10", "E2: MobileNetV3 (width 1.2) on a Samsung Note10", "mobilenet_v3_note10.yaml",
                              "top1_pct=78,latency_ms=70", "% x ms", 1, 2000, 600, [100, 250, 500, 1000, 2000],
                              (20, 2.6, 5.5), (24, 3.5, 6.2), expected)
        checks = [("preset paper has 184 to 196 after 100", 184 <= curves["linas-paper"].at(100)[0] <= 196),
                  ("preset paper has 210 to 228 after 250", 210 <= curves["linas-paper"].at(250)[0] <= 228),
                  ("ours has at least 230 after 250", curves["linas"].at(250)[0] >= 230)]
        self.page.table(["band of the spec", "holds"], [[text, "yes" if holds else "**no**"] for text, holds in checks])

    def resnet50(self):
        self.table_3("resnet50", "E3: ResNet50, multiply-adds", "resnet50_macs.yaml", "top1_pct=77.5,macs=3.5e9",
                     "% x million multiply-adds", 1e6, 1000, 400, [50, 100, 250, 400, 1000], (17.5, 4.5, 6.5), (13, 3.5, 3.8), {})

    # --- NAS-Bench-201 ------------------------------------------------------------------------------------------

    def true_front(self, device):
        """The config of a device, a run that holds every cell, and the worst accuracy and latency in it."""
        config = f"nas_bench_201_{device}.yaml"
        every = self.runs.run(f"{device}-exhaustive", config,
                              {"strategy": "{use: exhaustive}", "budget.evaluations": 15625})
        known = [row for row in self.runs.rows(every, "--all") if row["status"] == "ok"]
        return config, every, "top1_pct={},latency_ms={}".format(min(float(row["top1_pct"]) for row in known),
                                                                 max(float(row["latency_ms"]) for row in known))

    def tabular(self):
        self.page.say("## E1: NAS-Bench-201, CIFAR-100, four devices\n")
        self.page.say("`configs/linas/nas_bench_201_<device>.yaml`; hypervolume as a share of the true front's, reference"
                      " point the worst accuracy and latency of all cells. Wanted: NSGA-II at least the printed value"
                      " after 250, LINAS above NSGA-II everywhere. `nsga2` has LINAS' population of 20 and the defaults"
                      " otherwise; `nsga2-tuned` is what the settings below led to.\n")
        self.page.say("Cells that are one network count once, with the representative's accuracy and latency (5,260"
                      f" networks), as in the configs; {self.tabular_seeds} runs each:\n")
        wanted = {"raspi4": 0.990, "titan_rtx_1": 0.986, "fpga": 0.962, "gold_6226": 0.987}
        lines = []
        for device, least in wanted.items():
            config, every, reference = self.true_front(device)
            methods = {"random": RANDOM, "nsga2": nsga2_of(20, {}), "nsga2-tuned": nsga2_of(20, TUNED),
                       "motpe": {"strategy": "{use: motpe}"}, "linas": {}}
            groups = self.groups(device, config, methods, self.tabular_seeds)
            curves = self.curves(device, groups, reference, extra=("--true-front", every))
            at = {name: [curve.at(count) for count in (100, 250, 500)] for name, curve in curves.items()}
            for name in methods:
                claims = {}
                if name.startswith("nsga2"):
                    claims[f"≥ {least} @250"] = at[name][1][0] >= least
                if name == "linas":
                    for other in ("nsga2", "nsga2-tuned"):
                        claims[f"> {other}"] = all(a[0] > b[0] for a, b in zip(at["linas"], at[other]))
                lines.append([device, name, *(f"{v[0]:.4f} ± {v[1]:.4f}" if v else "–" for v in at[name]),
                              "; ".join(claims), "; ".join("yes" if held else "**no**" for held in claims.values())])
        self.page.table(["device", "method", "@100", "@250", "@500", "wanted", "holds"], lines)
        self.tuning()

    def tuning(self):
        """What NSGA-II's settings are worth in a small space, on seeds of their own."""
        self.page.say(f"What NSGA-II's settings are worth after 250 evaluations, {TUNING_SEEDS} runs each with seeds from"
                      f" {FIRST_TUNING_SEED}, mean ± standard error. `nsga2-tuned` was chosen among these and some"
                      " eighty others on these seeds, before its runs above were made; its population is LINAS':\n")
        settings = {"defaults": {}, "+ sampling: latin_hypercube": {"sampling": "latin_hypercube"},
                    "+ never_again: true": {"never_again": "true"}, "+ mutation: 0.02": {"mutation": 0.02},
                    "all three: `nsga2-tuned`": TUNED}
        methods = {f"P {size} {name}": nsga2_of(size, set_) for size in (10, 20) for name, set_ in settings.items()}
        cells = {name: [] for name in methods}
        devices = ["titan_rtx_1", "gold_6226"]
        for device in devices:
            config, every, reference = self.true_front(device)
            groups = self.groups(f"tuning-{device}", config, {name: budget(set_, 250) for name, set_ in methods.items()},
                                 TUNING_SEEDS, FIRST_TUNING_SEED)
            for name, curve in self.curves(f"tuning-{device}", groups, reference, extra=("--true-front", every)).items():
                mean, deviation = curve.at(250)
                cells[name].append(f"{mean:.4f} ± {deviation / curve.runs ** 0.5:.4f}")
        self.page.table(["setting", *devices], [[name, *row] for name, row in cells.items()])

    def swap(self):
        """The front for a Raspberry Pi 4 and, from the same file with one line changed, for a Titan RTX."""
        line = {"costs.0": "{use: table, file: '${ESPALIER_DATA}/nb201_latency_help/nb201_latency_help.csv.gz',"
                           " column: titan_rtx_1_latency_ms, as: latency_ms, of: network}"}
        front = {}
        for name, settings in {"raspi4": {}, "titan_rtx_1": line}.items():
            run = self.runs.run(f"swap-{name}", "nas_bench_201_raspi4.yaml", settings)
            every = self.runs.run(f"swap-{name}-exhaustive", "nas_bench_201_raspi4.yaml",
                                  {**settings, "strategy": "{use: exhaustive}", "budget.evaluations": 15625})
            front[name] = [{row["architecture"] for row in self.runs.rows(folder)} for folder in (run, every)]
        self.page.say("## Another device by one line\n")
        self.page.say("`nas_bench_201_raspi4.yaml`, and the same with `costs` set to the Titan RTX's column.\n")
        lines = [[what, len(front["raspi4"][i]), len(front["titan_rtx_1"][i]),
                  len(front["raspi4"][i] & front["titan_rtx_1"][i])]
                 for i, what in enumerate(("found by LINAS in 500 evaluations", "true front"))]
        self.page.table(["front", "cells, Raspberry Pi 4", "cells, Titan RTX", "shared"], lines)

    # --- ablations ----------------------------------------------------------------------------------------------

    def ablations(self):
        config, reference, seeds = "mobilenet_v3_note10.yaml", "top1_pct=78,latency_ms=70", min(5, self.seeds)
        self.page.say(f"## E8: ablations on E2 ({seeds} runs each)\n")
        inner = ["nsga2", "age_moea", "u_nsga3", "c_taea", "moead", "random"]
        self.page.say("The optimiser that searches the predictions (Figure 6a; all else as `preset: ours`):\n")
        groups = self.groups("inner", config, {name: budget({"strategy.optimiser": name}, 500) for name in inner}, seeds)
        self.hypervolumes(self.curves("inner", groups, reference), [100, 250, 500], 1)
        alone = ["random", "nsga2", "age_moea", "u_nsga3", "c_taea", "moead", "motpe"]
        self.page.say("The same as strategies of their own, every network validated:\n")
        groups = self.groups("alone", config,
                             {name: budget({"strategy": f"{{use: {name}}}"}, 1000) for name in alone}, seeds)
        self.hypervolumes(self.curves("alone", groups, reference), [100, 250, 500, 1000], 1)
        self.page.say("The population, 20,000 predictions a round (Figure 7b; the paper found 50 best):\n")
        groups = self.groups("population", config, {
            f"P {size}": budget({"strategy.population": size}, 500) for size in (10, 25, 50, 100)}, seeds)
        self.hypervolumes(self.curves("population", groups, reference), [100, 250, 500], 1)
        self.page.say("One switch at a time back to what the reference implementation does, or another predictor:\n")
        switches = {"ours": {}, "features plain": {"strategy.features": "plain"},
                    "features masked": {"strategy.features": "masked"}, "costs predicted": {"strategy.costs": "predicted"},
                    "inner seed same": {"strategy.inner_seed": "same"},
                    "operators integer_05": {"strategy.operators": "integer_05", "strategy.mutation": 0.02},
                    "predictor ridge": {"strategy.predictor": "ridge"},
                    "predictor svr_rbf": {"strategy.predictor": "svr_rbf"},
                    "predictors once": {"strategy": "{use: one_shot_predictor, samples: 200}"}}
        groups = self.groups("switch", config, {name: budget(set_, 250) for name, set_ in switches.items()}, seeds)
        self.hypervolumes(self.curves("switch", groups, reference), [100, 250], 1)


PARTS = {"note10": Study.note10, "resnet50": Study.resnet50, "tabular": Study.tabular, "swap": Study.swap,
         "ablations": Study.ablations}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    shared.add_options(parser, "runs/linas")
    parser.add_argument("--seeds", type=int, default=10, help="of E2 and E3")
    parser.add_argument("--tabular-seeds", type=int, default=40, help="of E1")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--html", help="folder for a page with curves and fronts of each comparison")
    arguments = parser.parse_args()
    if "ESPALIER_DATA" not in os.environ:
        sys.exit("set ESPALIER_DATA to the folder that holds ofa_surrogate/ and nasbench201/")
    if arguments.html:
        Path(arguments.html).mkdir(parents=True, exist_ok=True)
    study = Study(arguments)
    study.page.say("# LINAS: tables\n")
    study.page.say("Written by `configs/linas/tables.py`; [how](../reproducing.md).\n")
    for part in arguments.only:
        PARTS[part](study)
    study.page.write(arguments.report)


if __name__ == "__main__":
    main()
