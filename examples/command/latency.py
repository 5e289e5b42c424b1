#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A cost model that Espalier asks: a made-up latency, from the network's layers. Needs only the standard library.

Measure on your device instead in `latency_ms`. docs/command_protocol.md has every message.
"""
import json
import math
import sys

GIGA_MACS_PER_S = float(sys.argv[1]) if len(sys.argv) > 1 else 2.0
LAYER_MS = 0.05  # to start a layer


def multiply_adds(layer, layers):
    attributes = layer.get("attributes", {})
    if layer.get("op") not in ("conv", "linear"):
        return 0
    inputs = layers[layer["inputs"][0]]["shape"]
    channels_in = inputs[0] if layer["op"] == "conv" else inputs[-1]
    kernel = attributes.get("kernel", [1])
    kernel_area = kernel[0] * kernel[-1] if layer["op"] == "conv" else 1
    if attributes.get("depthwise", [0])[0]:
        channels_in = 1
    return math.prod(layer["shape"]) * channels_in * kernel_area / attributes.get("groups", [1])[0]


def latency_ms(network):
    layers = network["layers"]
    return sum(LAYER_MS + multiply_adds(layer, layers) / (GIGA_MACS_PER_S * 1e6) for layer in layers)


def say(message):
    print(json.dumps(message), flush=True)  # at once: Espalier waits for it


def main():
    hello = json.loads(sys.stdin.readline())["hello"]
    if hello["network"] != "layers":
        say({"error": "the latency is that of the layers: it needs network: layers"})
        return
    say({"hello": {"protocol": 1, "metrics": {"latency_ms": "ms"}}})
    print(f"{GIGA_MACS_PER_S:g} billion multiply-adds a second", file=sys.stderr)  # kept in the run
    for line in sys.stdin:  # to its end: Espalier has done with us
        request = json.loads(line)
        try:
            say({"id": request["id"], "metrics": {"latency_ms": latency_ms(request["network"])}})
        except Exception as error:  # this candidate has failed; the search goes on
            say({"id": request["id"], "error": f"{type(error).__name__}: {error}"})


if __name__ == "__main__":
    main()
