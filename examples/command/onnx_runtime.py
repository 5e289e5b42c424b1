#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures networks under ONNX Runtime on this machine's CPU: a program of the cost model `command`, with `network: onnx`.
docs/onnx.md shows how it is used.

Gives the median latency of single examples and its interquartile range, graph optimisations all on, random numbers as
inputs. Needs the packages onnxruntime and numpy: examples/setup/onnx_runtime.sh.
"""
import argparse
import contextlib
import fcntl
import json
import math
import os
import sys
import time

import numpy
import onnxruntime


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--warm-up", type=int, default=3, help="runs that do not count")
    parser.add_argument("--repetitions", type=int, default=15, help="runs at least")
    parser.add_argument("--relative-error", type=float, default=0.01,
                        help="until half the median's 95 %% confidence interval is at most this part of it")
    parser.add_argument("--max-seconds", type=float, default=5, help="a network at most")
    return parser.parse_args()


def median_error(times):
    """Half the width of the median's 95 % confidence interval, distribution-free, by order statistics; times ascend."""
    count = len(times)
    low = math.floor((count - 1.96 * math.sqrt(count)) / 2)
    return (times[count - 1 - max(low, 0)] - times[max(low, 0)]) / 2


def processor():
    with open("/proc/cpuinfo", encoding="utf-8") as told:
        return next((line.split(":", 1)[1].strip() for line in told if line.startswith("model name")), "unknown")


def session_of(path, threads):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3  # errors
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


@contextlib.contextmanager
def alone():
    """One measurement at a time on this machine: the file by which the cost model `measured` takes turns, too."""
    path = "/tmp/espalier-measuring-cpu"
    try:
        file = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        file = os.open(path, os.O_RDONLY | os.O_CREAT, 0o644)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
    finally:
        os.close(file)


def measured(path, options):
    session = session_of(path, options.threads)
    numbers = numpy.random.default_rng(1)
    given = {wanted.name: numbers.standard_normal(wanted.shape, numpy.float32) for wanted in session.get_inputs()}
    for _ in range(options.warm_up):
        session.run(None, given)
    times, end = [], time.monotonic() + options.max_seconds
    while True:
        begin = time.perf_counter_ns()
        session.run(None, given)
        times.append((time.perf_counter_ns() - begin) / 1e6)
        if len(times) < options.repetitions:
            continue
        ascending = sorted(times)
        median = ascending[len(times) // 2]
        if median_error(ascending) <= options.relative_error * median or time.monotonic() > end:
            quarter = len(times) // 4
            spread = ascending[-1 - quarter] - ascending[quarter]
            return {"latency_ms": median, "latency_spread_ms": spread, "latency_sd_ms": spread / 1.349}  # if normal


def say(message):
    print(json.dumps(message), flush=True)


def main():
    options = arguments()
    if json.loads(sys.stdin.readline())["hello"]["network"] != "onnx":
        say({"error": "it needs `network: onnx`"})
        return
    say({"hello": {"protocol": 1, "name": "ONNX Runtime", "version": onnxruntime.__version__, "measures": True,
                   "conditions": {"processor": processor(), "threads": options.threads, "batch": 1,
                                  "precision": "float32", "runtime": "ONNX Runtime " + onnxruntime.__version__},
                   "metrics": {"latency_ms": "ms", "latency_spread_ms": "ms", "latency_sd_ms": "ms"}}})
    for line in sys.stdin:
        request = json.loads(line)
        try:
            with alone():
                metrics = measured(request["onnx"], options)
            say({"id": request["id"], "metrics": metrics})
        except Exception as error:  # ONNX Runtime's own, whatever they are
            say({"id": request["id"], "error": str(error) or repr(error)})


if __name__ == "__main__":
    main()
