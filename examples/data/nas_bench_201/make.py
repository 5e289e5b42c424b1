#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes accuracy.csv.gz and latency.csv.gz beside this file: the columns of the two source tables (README.md) that the
examples use. Equal inputs give equal bytes. Usage: make.py NASBENCH201.csv.gz HWNASBENCH201_CIFAR10.csv.gz"""
import csv
import gzip
import io
import pathlib
import sys

ACCURACY = ["cifar10_valid_acc_200ep_pct", "cifar10_test_acc_200ep_pct", "cifar100_test_acc_200ep_pct",
            "imagenet16_120_test_acc_200ep_pct"]
LATENCY = ["raspi4_cifar10_latency_ms", "pixel3_cifar10_latency_ms", "edgegpu_cifar10_latency_ms",
           "eyeriss_cifar10_latency_ms", "fpga_cifar10_latency_ms"]


def digits(number, places):
    """At most so many decimal places; what is no number stays as it is."""
    try:
        return f"{float(number):.{places}f}".rstrip("0").rstrip(".")
    except ValueError:
        return number


def extract(source, columns, places, target):
    with gzip.open(source, "rt", newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: int(row["index"]))
    if [int(row["index"]) for row in rows] != list(range(15625)):
        sys.exit(f"{source}: not the 15,625 architectures of NAS-Bench-201")
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\n")
    out.writerow(["arch", *columns])
    for row in rows:
        out.writerow([row["arch"], *(digits(row[column], places) for column in columns)])
    with open(target, "wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as packed:
        packed.write(text.getvalue().encode())
    print(f"{target}: {target.stat().st_size} bytes")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    here = pathlib.Path(__file__).parent
    extract(sys.argv[1], ACCURACY, 2, here / "accuracy.csv.gz")
    extract(sys.argv[2], LATENCY, 3, here / "latency.csv.gz")
