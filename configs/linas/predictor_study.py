#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How well accuracy and multiply-accumulates of MobileNetV3 sub-networks are predicted, as a page of tables.

    configs/linas/predictor_study.py --report docs/results/predictors.md

Needs ESPALIER_DATA with ofa_mbv3_accuracy/ofa_mbv3_w10_imagenet.csv.gz. Figures of finished studies are kept in
runs/predictor_study, so an interrupted call is simply repeated.
"""
import argparse
import csv
import itertools
import math
import os
import subprocess
import sys

TABLE = "ofa_mbv3_accuracy/ofa_mbv3_w10_imagenet.csv.gz"
# metric -> title, numbers of networks to learn from
METRICS = {"imagenet_top1_acc_pct": ("ImageNet top-1 accuracy", (100, 200, 500, 1000)),
           "macs": ("Multiply-accumulates", (100, 200, 500))}
MODELS = ("ridge", "svr_rbf", "stacked")
FEATURES = ("plain", "masked", "masked_depth")
# scikit-learn 1.2 on the same table, means of 5 trials: MAPE in %, tau. Which alpha and C it had is not recorded.
# "masked" is what is called masked + depth there.
EXPECTED_TRIALS = 5
EXPECTED = {
    ("imagenet_top1_acc_pct", "plain", 100): ((0.311, 0.852), (0.290, 0.869), (0.295, 0.867)),
    ("imagenet_top1_acc_pct", "plain", 1000): ((0.159, 0.927), (0.083, 0.956), (0.084, 0.956)),
    ("imagenet_top1_acc_pct", "masked", 100): ((0.258, 0.878), (0.195, 0.906), (0.206, 0.899)),
    ("imagenet_top1_acc_pct", "masked", 200): ((0.205, 0.903), (0.131, 0.934), (0.131, 0.934)),
    ("imagenet_top1_acc_pct", "masked", 1000): ((0.170, 0.922), (0.067, 0.961), (0.068, 0.961)),
    ("macs", "plain", 200): ((3.24, 0.924), (2.76, 0.933), (2.90, 0.931)),
    ("macs", "masked", 200): ((0.75, 0.981), (1.03, 0.974), (0.85, 0.979)),
}


def study(espalier, metric, fixed, trials, folder):
    """The figures of every trial, from an earlier call or made now."""
    file = os.path.join(folder, f"{metric}{'_fixed' if fixed else ''}_{trials}.csv")
    if not os.path.exists(file):
        os.makedirs(folder, exist_ok=True)
        print(f"{os.path.basename(file)}: {trials} trials", file=sys.stderr, flush=True)
        subprocess.run(
            [espalier, "predictor-study", "--log", os.path.join(os.environ["ESPALIER_DATA"], TABLE), "--space",
             "ofa_mobilenet_v3", "--metric", metric, "--trials", str(trials), "--train", ",".join(map(str, METRICS[metric][1])),
             "--models", ",".join(MODELS), "--features", ",".join(FEATURES), "--csv", file + ".part",
             *(("--alpha", "1", "--c", "20") if fixed else ())],
            check=True, stdout=subprocess.DEVNULL)
        os.rename(file + ".part", file)
    with open(file, newline="") as stream:
        return list(csv.DictReader(stream))


def mean_and_deviation(rows, column):
    values = [float(row[column]) for row in rows]
    mean = sum(values) / len(values)
    return mean, math.sqrt(sum((v - mean) ** 2 for v in values) / (len(values) - 1))


def text(rows):
    return " / ".join("%.3f ± %.3f" % mean_and_deviation(rows, column) for column in ("mape_pct", "kendall"))


def verdict(rows, expected):
    """How many standard errors of the difference lie between the MAPEs."""
    mean, deviation = mean_and_deviation(rows, "mape_pct")
    errors = (mean - expected[0]) / (deviation * math.sqrt(1 / len(rows) + 1 / EXPECTED_TRIALS))
    return f"{'yes' if abs(errors) <= 3 else '**no**'} ({errors:+.1f} SE)"


def page(searched, fixed, trials):
    lines = [
        "# Predictors: tables",
        "",
        "Written by `configs/linas/predictor_study.py`; [what the predictors are](../regression.md).",
        "",
        "Sub-networks of the once-for-all MobileNetV3 (width 1.0) that five published searches validated on ImageNet. In each of",
        f"{trials} trials 500 are set aside for the test and the predictors learn from some of the others. Test MAPE in % / Kendall's",
        "tau-b, means over the trials ± their standard deviation: with alpha and C searched by cross-validation, the default, and",
        f"with alpha 1 and C 20. Expected: scikit-learn 1.2, means of {EXPECTED_TRIALS} trials of its own; which alpha and C it had is not recorded.",
        "Agreement: its MAPE and ours (searched) differ by at most three standard errors. The searches favoured good networks, so",
        "errors are lower than those of random ones.",
    ]
    for metric, (title, counts) in METRICS.items():
        lines += ["", f"## {title}", "", "| features | networks | model | searched | expected | agrees | alpha 1, C 20 |",
                  "| --- | --- | --- | --- | --- | --- | --- |"]
        for features, train, (place, model) in itertools.product(FEATURES, counts, enumerate(MODELS)):
            ours = [[r for r in rows[metric] if (r["features"], r["train"], r["model"]) == (features, str(train), model)]
                    for rows in (searched, fixed)]
            expected = EXPECTED.get((metric, features, train))
            beside = ("%g / %g" % expected[place], verdict(ours[0], expected[place])) if expected else ("", "")
            lines.append(f"| {features} | {train} | {model} | " + " | ".join((text(ours[0]), *beside, text(ours[1]))) + " |")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--espalier", default="build/release/bin/espalier")
    parser.add_argument("--trials", type=int, default=5)
    parser.add_argument("--runs", default="runs/predictor_study")
    parser.add_argument("--report", help="the page; default: standard output")
    arguments = parser.parse_args()
    if "ESPALIER_DATA" not in os.environ:
        sys.exit("ESPALIER_DATA is not set: the folder with " + TABLE)
    fixed, searched = ({m: study(arguments.espalier, m, one, arguments.trials, arguments.runs) for m in METRICS}
                       for one in (True, False))
    tables = page(searched, fixed, arguments.trials)
    if arguments.report:
        with open(arguments.report, "w") as out:
            out.write(tables)
    else:
        sys.stdout.write(tables)


if __name__ == "__main__":
    main()
