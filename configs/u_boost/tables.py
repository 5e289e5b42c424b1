#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The study of docs/results/u_boost.md: U-Boost's cost model beside the paper's three others, all else equal.

    configs/u_boost/tables.py --espalier build/release/bin/espalier --runs runs/u_boost --report docs/results/u_boost.md

For each cost model, each lambda and each seed: reduced.yaml, both stages and the training of what they find. Needs
ESPALIER_DATA (CIFAR-10) and Python's standard library. What is finished in --runs is not computed again, so an interrupted
call is simply repeated. At --scale 1 a run takes about five minutes of a core, the study of 36 runs three hours; calls with other
--models may run side by side, the last one, with all of them, writes the page.
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

ARRAY = 16
TILES = {"use": "systolic_tiles", "rows": ARRAY, "columns": ARRAY, "batch": 64, "bandwidth_bytes_per_s": 1342177280}
ROOFLINE = {"use": "roofline", "peak_macs_per_s": 2.56e11, "batch": 64}
MODELS = {"U-Boost": {"use": "systolic", "rows": ARRAY, "columns": ARRAY, "batch": 64, "ceiling": "smooth"},
          "Blackbox": {"use": "blackbox", "of": TILES, "utilisation": "utilisation", "step": 2, "largest": 32},
          "Roofline": ROOFLINE | {"bandwidth_bytes_per_s": 80e9},
          "FLOPS": ROOFLINE | {"bandwidth_bytes_per_s": ".inf"}}
IDEAL, NADIR = (100, 0), (40, 50)  # accuracy in %, runtime in microseconds
SEPARABLE = ("separable3", "separable5")
NODES = ("p", "pp", "t1", "t2", "t3")
ENDS = ((0, 2), (1, 2), (0, 3), (1, 3), (2, 3), (0, 4), (1, 4), (2, 4), (3, 4))


def pruned(operations):
    """The operations with `zero` where nothing comes in, or nobody reads what comes out."""
    fed, used = {0, 1}, {4}
    for (a, b), op in zip(ENDS, operations):
        if op != "zero" and a in fed:
            fed.add(b)
    for (a, b), op in reversed(list(zip(ENDS, operations))):
        if op != "zero" and b in used:
            used.add(a)
    return [op if a in fed and b in used else "zero" for (a, b), op in zip(ENDS, operations)]


def cells_read(operations, count):
    """Whether the output comes through each cell, and through its p and its pp."""
    reads = [any(a == i and op != "zero" for (a, _), op in zip(ENDS, operations)) for i in (0, 1)]
    kept = [False] * count + [False, False]
    for c in reversed(range(count)):
        kept[c] = c == count - 1 or (reads[0] and kept[c + 1]) or (reads[1] and kept[c + 2])
    return kept[:count], reads


def front(points):
    """Those (accuracy, runtime) that no other is better than, by runtime."""
    best, kept = -1, []
    for accuracy, runtime in sorted(points, key=lambda point: (point[1], -point[0])):
        if accuracy > best:
            best = accuracy
            kept.append((accuracy, runtime))
    return kept


def to_ideal(points, ideal=IDEAL):
    """Area between the ideal point and the front, as the paper has it: lower is better."""
    area, before = 0, ideal[1]
    for accuracy, runtime in front(points):
        area += (runtime - before) * (ideal[0] - accuracy)
        before = runtime
    return area


def to_nadir(points, nadir=NADIR):
    """The hypervolume: higher is better."""
    area, best = 0, nadir[0]
    for accuracy, runtime in front(points):
        if accuracy > best and runtime < nadir[1]:
            area += (accuracy - best) * (nadir[1] - runtime)
            best = accuracy
    return area


class Found:
    """What a run found."""

    def __init__(self, model, weight, winner):
        self.model, self.weight, self.text = model, weight, winner["architecture"]
        metrics = winner["metrics"]
        self.accuracy = winner["final"]["top1_pct"]
        self.runtime, self.utilisation = 1e3 * metrics["one_image_ms"], 100 * metrics["whole_tiles"]
        self.batched, self.tiles = metrics["images_64_ms"], 1e3 * metrics["tiles_ms"]
        self.degenerate = bool(metrics["degenerate"])
        operations, *cells = [part.replace("|", " ").split() for part in self.text.split(";")]
        self.all_operations = pruned(operations)
        self.operations = [op for op in self.all_operations if op not in ("identity", "zero")]
        kept, self.reads = cells_read(self.all_operations, len(cells))
        self.cells = [[int(width) for width in cell] for cell, there in zip(cells, kept) if there]
        convolves = self.reads + [op not in ("identity", "zero") for op in self.all_operations]
        self.widths = [width for cell in self.cells for width, has in zip(cell, convolves) if has]

    def separable(self):
        return 100 * sum(op in SEPARABLE for op in self.operations) / max(1, len(self.operations))

    def filling(self):
        """Share of widths at a multiple of the array or one below."""
        return 100 * sum(width % ARRAY in (0, ARRAY - 1) for width in self.widths) / len(self.widths)


def drawn(found):
    """The cell as a graph: operators, and the width of each in all cells."""
    lines = ["```mermaid", "flowchart LR"]
    for i, node in enumerate(NODES[:2]):
        if found.reads[i]:
            lines.append(f'  {node}["{node}: conv3 {"/".join(str(cell[i]) for cell in found.cells)}"]')
    for e, ((a, b), op) in enumerate(zip(ENDS, found.all_operations)):
        widths = "" if op == "identity" else " " + "/".join(str(cell[2 + e]) for cell in found.cells)
        if op != "zero":
            lines.append(f'  {NODES[a]} -- "{op}{widths}" --> {NODES[b]}')
    return "\n".join(lines + ["```", ""])


def mean(values):
    return statistics.fmean(list(values))


def shown(values, digits=1):
    """Mean and range."""
    values = list(values)
    spread = f" ({min(values):.{digits}f} to {max(values):.{digits}f})" if len(values) > 1 else ""
    return f"{mean(values):.{digits}f}{spread}"


class Study:
    def __init__(self, arguments):
        arguments.runs = str(Path(arguments.runs) / f"scale-{arguments.scale:g}")
        self.runs, self.page, self.scale = shared.Runs(arguments, HERE), shared.Page(), arguments.scale
        self.weights, self.found = arguments.weights, []

    def run(self, model, weight, seed):
        name = f"{model}-{weight:g}-{seed}".lower()
        scaled = {"strategy.images": max(96, round(4800 * self.scale)), "final.0.images": max(64, round(15000 * self.scale))}
        if self.scale < 1:
            scaled |= {"strategy.warm_up_steps": round(20 * self.scale),
                       "strategy.temperature_steps": max(1, round(30 * self.scale))}
        directory = self.runs.run(name, "reduced.yaml", {
            "seed": seed, "strategy.seed": seed, "strategy.lambda": weight, "final.0.seed": seed,
            "costs.0": json.dumps(MODELS[model]).replace('".inf"', ".inf")} | scaled)
        winner = json.loads((directory / "winners.json").read_text())[0]
        self.found.append(Found(model, weight, winner))

    def of(self, model, weight=None):
        return [f for f in self.found if f.model == model and weight in (None, f.weight)]

    def table(self, models):
        self.page.say("## What was found\n")
        self.page.say("Mean and range over seeds. Accuracy on the test images; microseconds of one image and utilisation by whole tiles;"
                      " ms of 64 images; microseconds of one image tile by tile, with the loading of weights; share of separable"
                      " convolutions among the convolutions on edges; share of widths at a multiple of the array or one below;"
                      " networks without a convolution on an edge.\n")
        self.page.table(("cost model", "lambda", "accuracy, %", "us", "utilisation, %", "ms of 64", "us by tiles",
                         "separable, %", "filling, %", "degenerate"),
                        [(m, f"{w:g}", shown(f.accuracy for f in fs), shown(f.runtime for f in fs),
                          shown(f.utilisation for f in fs), shown((f.batched for f in fs), 3), shown(f.tiles for f in fs),
                          f"{mean(f.separable() for f in fs):.0f}", f"{mean(f.filling() for f in fs):.0f}",
                          sum(f.degenerate for f in fs))
                         for m in models for w in self.weights for fs in [self.of(m, w)]])
        self.page.say("## Hypervolumes\n")
        self.page.say(f"Of all networks of a cost model: the area to the ideal point ({IDEAL[0]} %, {IDEAL[1]} us), as the paper has"
                      f" it, lower is better; the hypervolume to ({NADIR[0]} %, {NADIR[1]} us), higher is better. With errors near"
                      " 50 % the first mostly measures runtime.\n")
        points = {m: [(f.accuracy, f.runtime) for f in self.of(m)] for m in models}
        self.page.table(("cost model", "to the ideal point, % us", "to the nadir, % us"),
                        [(m, f"{to_ideal(points[m]):.0f}", f"{to_nadir(points[m]):.0f}") for m in models])

    def judged(self):
        """The claims of the paper that this scale can show, with figures."""
        def at(model, weight, figure):
            return mean(getattr(f, figure) for f in self.of(model, weight))

        lines, counts = [], [m for m in ("FLOPS", "Roofline")]
        filled = {m: [at(m, w, "utilisation") for w in self.weights] for m in MODELS}
        lines.append(("utilisation: U-Boost at least 80 % at every lambda, FLOPS and Roofline at most 45 %",
                      "; ".join(f"{m} " + ", ".join(f"{u:.0f}" for u in us) for m, us in filled.items()),
                      min(filled["U-Boost"]) >= 80 and max(max(filled[m]) for m in counts) <= 45))
        if 1 in self.weights:
            own, rate = at("U-Boost", 1, "accuracy"), {m: at(m, 1, "runtime") / at("U-Boost", 1, "runtime") for m in MODELS}
            accuracy = {m: at(m, 1, "accuracy") for m in MODELS}
            lines.append(("lambda 1: at least 1.4 times as fast as Blackbox within 2 points of accuracy, 1.5 times as FLOPS and"
                          " Roofline with no less accuracy",
                          "; ".join(f"{m}: {rate[m]:.2f} times, {accuracy[m]:.1f} %" for m in MODELS),
                          rate["Blackbox"] >= 1.4 and abs(own - accuracy["Blackbox"]) <= 2
                          and all(rate[m] >= 1.5 and own >= accuracy[m] for m in counts)))
            equal = [rate[m] for m in MODELS if m != "U-Boost" and accuracy[m] >= own]
            lines.append(("goal, lambda 1: twice as fast as the fastest other of at least its accuracy",
                          f"{min(equal):.2f} times" if equal else "no other is as accurate", not equal or min(equal) >= 2))
        separable = {m: mean(f.separable() for f in self.of(m)) for m in MODELS}
        lines.append(("separable convolutions: at least 60 % for FLOPS and Roofline, at most 20 % for U-Boost",
                      "; ".join(f"{m} {share:.0f} %" for m, share in separable.items()),
                      all(separable[m] >= 60 for m in counts) and separable["U-Boost"] <= 20))
        filling = {m: mean(f.filling() for f in self.of(m)) for m in MODELS}
        lines.append(("widths that fill the array: at least 50 % for U-Boost, at most 25 % for FLOPS",
                      "; ".join(f"{m} {share:.0f} %" for m, share in filling.items()),
                      filling["U-Boost"] >= 50 and filling["FLOPS"] <= 25))
        runtimes = [at("U-Boost", w, "runtime") for w in sorted(self.weights)]
        lines.append(("U-Boost's runtime does not rise with lambda (10 % of slack)", ", ".join(f"{t:.1f} us" for t in runtimes),
                      all(b <= 1.1 * a for a, b in zip(runtimes, runtimes[1:]))))
        self.page.say("## The claims\n")
        self.page.table(("claim", "figures", "holds"), [(*line[:2], "yes" if line[2] else "**no**") for line in lines])

    def pictures(self, models):
        self.page.say("## Cells\n")
        self.page.say("Of the first seed at the middle lambda; widths in the three cells, from the first to the last.\n")
        weight = sorted(self.weights)[len(self.weights) // 2]
        for model in models:
            found = self.of(model, weight)[0]
            self.page.say(f"{model}: `{found.text}`\n")
            self.page.say(drawn(found))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    shared.add_options(parser, "runs/u_boost")
    parser.add_argument("--scale", type=float, default=1, help="of the images that are learnt from")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--weights", nargs="+", type=float, default=[0.1, 1, 5], help="lambdas")
    parser.add_argument("--models", nargs="+", default=list(MODELS), choices=list(MODELS))
    arguments = parser.parse_args()
    if "ESPALIER_DATA" not in os.environ:
        sys.exit("set ESPALIER_DATA to the folder that holds cifar10/")
    study = Study(arguments)
    for seed in range(1, arguments.seeds + 1):
        for weight in arguments.weights:
            for model in arguments.models:
                study.run(model, weight, seed)
    study.page.say("# U-Boost beside other cost models: tables\n")
    study.page.say(f"Written by `configs/u_boost/tables.py --scale {arguments.scale:g} --seeds {arguments.seeds}`: cells for an array"
                   " of 16 x 16 on a part of CIFAR-10, all else equal; [the method](../methods/u_boost.md).\n")
    study.table(arguments.models)
    if set(arguments.models) == set(MODELS):
        study.judged()
    study.pictures(arguments.models)
    study.page.write(arguments.report)


if __name__ == "__main__":
    main()
