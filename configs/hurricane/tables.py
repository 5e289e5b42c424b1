#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""HURRICANE beside SPOS at a reduced scale, from nothing to one Markdown page.

    configs/hurricane/tables.py --espalier build/release/bin/espalier --runs runs/hurricane --report docs/results/hurricane.md

For each device, each space and each seed
  1. SPOS: one super-network of 20 layers, trained for N iterations; its smoothed loss at the end is L. Evolution under the
     device's limit, the winner trained from scratch,
  2. HURRICANE: the super-network of each stage is trained until its smoothed loss has come down to L, then searched; the
     winners of both stages are trained from scratch,
  3. random search in SPOS' super-network, with as many evaluations.
The limit of a device is the 30th percentile of random networks of the space `manual` on it. Needs ESPALIER_DATA (CIFAR-10) and
Python's standard library. What is finished in --runs is not computed again, so an interrupted call is simply repeated.
At --scale 1 a seed of one space on one device takes about 40 minutes, mostly of one core, at --scale 0.05 five; below
about 0.3 SPOS' loss is still no lower than that of guessing, and iterations say nothing. Calls with other --devices may run side
by side; the last one, with all of them, writes the page.
"""
import argparse
import json
import os
import statistics
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import study as shared  # noqa: E402

SPLIT, EPOCHS, GENERATIONS, POPULATION = 8, 24, 8, 20  # as in the configs
# Table 5 of the paper: accuracy of SPOS, stage 1, both; iterations of SPOS, stage 1, both
PAPER = {("manual", "dsp"): (86.35, 86.29, 86.69, 393000, 157200, 184710),
         ("manual", "cpu"): (86.52, 86.32, 86.75, 393000, 157200, 183400),
         ("manual", "vpu"): (86.68, 86.49, 86.90, 393000, 157200, 192000),
         ("generated", "dsp"): (87.22, 86.56, 87.62, 569850, 128380, 150650),
         ("generated", "cpu"): (87.02, 86.75, 87.33, 476840, 144100, 168990),
         ("generated", "vpu"): (86.99, 86.93, 87.07, 524000, 133620, 157200)}


def mean_sd(values, digits=2):
    spread = f" ± {statistics.stdev(values):.{digits}f}" if len(values) > 1 else ""
    return f"{statistics.fmean(values):.{digits}f}{spread}"


def quantile(values, share):
    return sorted(values)[int(share * (len(values) - 1))]


class Study:
    def __init__(self, arguments):
        arguments.runs = str(Path(arguments.runs) / f"scale-{arguments.scale:g}")
        self.runs, self.page = shared.Runs(arguments, HERE), shared.Page()
        self.say, self.table = self.page.say, self.page.table
        self.epochs = max(2, round(EPOCHS * arguments.scale))
        self.generations = max(2, round(GENERATIONS * arguments.scale))
        self.limits, self.cells = {}, []

    # --- runs ---------------------------------------------------------------------------------------------------

    @staticmethod
    def spaces(name, device):
        """What is priced, what is trained in super-networks and what alone, as settings of a config."""
        lists = {"use": "hurricane", "operators": name}
        if name == "generated":
            lists |= {"scored_by": {"use": "device_profile", "device": device}}
        small = lists | {"backbone": "mini"} | ({"scored_at": "spos"} if name == "generated" else {})
        return lists | {"backbone": "spos", "fit_data": False}, small | {"affine": False}, small

    def drawn(self, name, device, count=2000):
        """Latencies of random networks."""
        directory = self.runs.run(f"drawn-{name}-{device}", f"{device}.yaml", {
            "space": json.dumps(self.spaces(name, device)[0]), "evaluator": "{use: macs}", "final": "[]", "verify": "[]",
            "costs": json.dumps([{"use": "device_profile", "device": device}]), "constraints": "[]",
            "objectives": "[{metric: latency_ms, goal: min}]", "strategy": "{use: random}",
            "budget": f"{{evaluations: {count}}}"})
        return [float(row["latency_ms"]) for row in self.runs.rows(directory, "--all")]

    def searched(self, kind, name, device, seed, strategy, more):
        full, small, alone = self.spaces(name, device)
        settings = {"seed": seed, "space": json.dumps(full), "evaluator.space": json.dumps(small),
                    "evaluator.seed": seed, "evaluator.epochs": self.epochs, "final.0.space": json.dumps(alone),
                    "final.0.epochs": self.epochs, "final.0.seed": seed,
                    "constraints": json.dumps([{"metric": "latency_ms", "max": self.limits[device]}]),
                    "strategy": json.dumps(strategy)}
        return self.runs.run(f"{kind}-{name}-{device}-{seed}", f"{device}.yaml", settings | more)

    def notes(self, directory):
        """The last value of each series."""
        return {row["series"]: float(row["last"]) for row in self.runs.rows(directory, "--notes")}

    def winners(self, directory):
        """Metrics of the winners by name: of the search, of `final`, of `verify`."""
        return {winner["name"]: winner for winner in json.loads((directory / "winners.json").read_text())}

    def cell(self, name, device, seed):
        """One seed of one space: SPOS, then both stages down to its loss, then random search in its super-network."""
        evolved = {"population": POPULATION, "parents": POPULATION // 2, "generations": self.generations}
        spos = self.searched("spos", name, device, seed, {"use": "spos"} | evolved, {})
        reference = self.notes(spos)
        stages = self.searched("stages", name, device, seed,
                               {"use": "hurricane", "split": SPLIT, "each_winner": True} | evolved,
                               {"evaluator.until_loss": reference["smoothed_loss"]})
        drawn = self.searched("random", name, device, seed,
                              {"use": "spos", "population": POPULATION * self.generations, "parents": 2,
                               "generations": 1}, {"reuse": json.dumps([str(spos)]), "final": "[]"})
        counted, both = self.notes(stages), self.winners(stages)
        first = counted["iterations"] / reference["iterations"]
        found = {"stage 1": both["stage 1"], "both": both["best"], "SPOS": self.winners(spos)["best"]}
        cell = {"space": name, "device": device, "iterations": reference["iterations"], "first": 100 * first,
                "all": 100 * first + 100 * counted["iterations (2)"] / reference["iterations"],
                "evolved": found["SPOS"]["metrics"]["top1_pct"],
                "drawn": self.winners(drawn)["best"]["metrics"]["top1_pct"],
                "retrained": {who: winner["final"]["top1_pct"] for who, winner in found.items()},
                "predicted": [winner["metrics"]["latency_ms"] for winner in found.values()],
                "verified": [winner["verified"]["latency_ms"] for winner in found.values()]}
        self.cells.append(cell)

    def of(self, name, device):
        return [cell for cell in self.cells if (cell["space"], cell["device"]) == (name, device)]

    # --- tables -------------------------------------------------------------------------------------------------

    def spaces_table(self, devices, names):
        self.say("## Spaces\n")
        self.say("Latency of 2,000 random networks at full size, and the share that keeps the device's limit, the 30th"
                 " percentile of `manual`.\n")
        lines = []
        for device in devices:
            drawn = {name: self.drawn(name, device) for name in dict.fromkeys(("manual", *names, "large"))}
            self.limits[device] = round(quantile(drawn["manual"], 0.3), 2)
            for name, values in drawn.items():
                share = 100 * sum(value <= self.limits[device] for value in values) / len(values)
                lines.append((device, f"{self.limits[device]} ms", f"`{name}`",
                              *(f"{quantile(values, q):.1f}" for q in (0.05, 0.5, 0.95)), f"{share:.1f} %"))
        self.table(("device", "limit", "space", "5 % ms", "median ms", "95 % ms", "within the limit"), lines)

    def iterations_table(self, pairs):
        self.say("## Iterations of super-network training\n")
        self.say("Until the smoothed loss is what SPOS' super-network has at its end, in % of SPOS' iterations; in brackets"
                 " Table 5 of the paper.\n")
        lines = []
        for name, device in pairs:
            cells, paper = self.of(name, device), PAPER.get((name, device))
            published = [f" ({100 * n / paper[3]:.0f})" if paper else "" for n in (paper or [0] * 6)[4:]]
            lines.append((f"`{name}`", device, f"{cells[0]['iterations']:.0f}",
                          mean_sd([c["first"] for c in cells], 0) + published[0],
                          mean_sd([c["all"] for c in cells], 0) + published[1]))
        self.table(("space", "device", "SPOS, iterations", "stage 1, %", "stages 1 and 2, %"), lines)

    def accuracy_table(self, pairs):
        self.say("## Winners trained from scratch\n")
        self.say("Test accuracy in %, mean and standard deviation over seeds; in brackets Table 5 of the paper, on other"
                 " images.\n")
        lines = []
        for name, device in pairs:
            cells, paper = self.of(name, device), PAPER.get((name, device))
            published = [f" ({n})" if paper else "" for n in (paper or [0] * 6)[:3]]
            lines.append((f"`{name}`", device, *(mean_sd([c["retrained"][who] for c in cells]) + published[i]
                                                 for i, who in enumerate(("SPOS", "stage 1", "both")))))
        self.table(("space", "device", "SPOS", "stage 1", "stages 1 and 2"), lines)

    def evolution_table(self, pairs):
        self.say("## Evolution beside random search\n")
        self.say(f"Validation accuracy in % of the best of {POPULATION * self.generations} networks of SPOS' super-network,"
                 " all within the limit.\n")
        self.table(("space", "device", "evolution", "random"),
                   [(f"`{name}`", device, mean_sd([c["evolved"] for c in self.of(name, device)]),
                     mean_sd([c["drawn"] for c in self.of(name, device)])) for name, device in pairs])

    def latency_table(self, pairs):
        self.say("## Latency of the winners\n")
        lines = []
        for name, device in pairs:
            cells = self.of(name, device)
            predicted = [value for cell in cells for value in cell["predicted"]]
            verified = [value for cell in cells for value in cell["verified"]]
            errors = [100 * abs(p - v) / v for p, v in zip(predicted, verified)]
            lines.append((f"`{name}`", device, f"{self.limits[device]} ms", f"{max(predicted):.2f} ms",
                          f"{max(verified):.2f} ms", f"{max(errors):.2g} %"))
        self.table(("space", "device", "limit", "largest predicted", "largest on the device", "largest error"), lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    shared.add_options(parser, "runs/hurricane")
    parser.add_argument("--scale", type=float, default=1, help="of iterations and generations; 1: 3,000 a super-network")
    parser.add_argument("--seeds", type=int, default=3, help="of each cell")
    parser.add_argument("--devices", nargs="+", default=["dsp", "cpu", "vpu"], choices=["dsp", "cpu", "vpu"])
    parser.add_argument("--spaces", nargs="+", default=["manual", "generated"],
                        help="manual, generated, paper_dsp, paper_cpu, paper_vpu")
    arguments = parser.parse_args()
    if "ESPALIER_DATA" not in os.environ:
        sys.exit("set ESPALIER_DATA to the folder that holds cifar10/")
    study = Study(arguments)
    study.say("# HURRICANE beside SPOS: tables\n")
    study.say(f"Written by `configs/hurricane/tables.py --scale {arguments.scale:g} --seeds {arguments.seeds}`: small"
              f" networks, 8,000 images of CIFAR-10, {study.epochs} epochs at most; made-up devices; [the"
              " method](../methods/hurricane.md).\n")
    study.spaces_table(arguments.devices, arguments.spaces)
    pairs = [(name, device) for device in arguments.devices for name in arguments.spaces]
    for seed in range(1, arguments.seeds + 1):
        for name, device in pairs:
            study.cell(name, device, seed)
    study.iterations_table(pairs)
    study.accuracy_table(pairs)
    study.evolution_table(pairs)
    study.latency_table(pairs)
    study.page.write(arguments.report)


if __name__ == "__main__":
    main()
