# SPDX-License-Identifier: Apache-2.0
"""Training steps of the paths of super-networks in plain PyTorch eager, one thread, in the default layout and in
channels_last: SGD with momentum on random images that lie ready. Reads what `training_bench steps` prints, prints CPU
seconds a step by epoch as JSON."""
import json
import sys
import time

import torch
import torch.nn.functional as F

ACTIVATIONS = {"relu": F.relu, "relu6": F.relu6, "hswish": F.hardswish, "hsigmoid": F.hardsigmoid,
               "sigmoid": torch.sigmoid, "swish": F.silu}


class SuperNetwork:
    """Weights as large as the largest layer of each name needs."""

    def __init__(self, layout):
        self.layout, self.weights, self.statistics = layout, {}, {}

    def grow(self, name, shape, fill=None):
        shape = [max(a, b) for a, b in zip(shape, self.weights[name].shape if name in self.weights else shape)]
        weight = torch.empty(shape).fill_(fill) if fill is not None else torch.randn(shape) * 0.05
        if len(shape) == 4:
            weight = weight.to(memory_format=self.layout)
        self.weights[name] = weight.requires_grad_()

    def part(self, name, shape):
        """The leading slice, of kernels the centre."""
        weight = self.weights[name]
        for axis, (whole, own) in enumerate(zip(weight.shape, shape)):
            if whole > own:
                weight = weight.narrow(axis, (whole - own) // 2 if axis > 1 else 0, own)
        return weight

    def layer(self, spec, shapes):
        """A function of the values of the layers before."""
        op, name, shape = spec["op"], spec.get("weights"), spec["shape"]
        inputs = spec.get("inputs", [])
        attributes = spec.get("attributes", {})

        def number(key, otherwise=0):
            return int(attributes.get(key, [otherwise])[0])

        if op in ACTIVATIONS:
            compute, i = ACTIVATIONS[op], inputs[0]
            return lambda values: compute(values[i])
        if op == "conv":
            i, channels = inputs[0], shapes[inputs[0]][0]
            groups, kernel, stride = channels if number("depthwise") else 1, number("kernel", 1), number("stride", 1)
            extents, bias = (shape[0], channels // groups, kernel, kernel), number("bias")
            self.grow(name + ".weight", extents)
            if bias:
                self.grow(name + ".bias", extents[:1])
            return lambda values: F.conv2d(values[i], self.part(name + ".weight", extents),
                                           self.part(name + ".bias", extents[:1]) if bias else None,
                                           stride, kernel // 2, 1, groups)
        if op == "batch_norm":
            i, c, affine = inputs[0], shape[0], number("affine", 1)
            if affine:
                self.grow(name + ".weight", [c], 1)
                self.grow(name + ".bias", [c], 0)
            if name not in self.statistics or self.statistics[name][0].numel() < c:
                self.statistics[name] = torch.zeros(c), torch.ones(c)

            def normalise(values):
                mean, variance = self.statistics[name]
                scale, shift = (self.part(name + t, [c]) for t in (".weight", ".bias")) if affine else (None, None)
                return F.batch_norm(values[i], mean[:c], variance[:c], scale, shift, training=True)
            return normalise
        if op == "global_average":
            i, keep = inputs[0], bool(number("keep"))
            return lambda values: values[i].mean((2, 3), keepdim=keep)
        if op == "multiply":
            i, j = inputs
            return lambda values: values[i] * values[j]
        if op == "add":
            i, j = inputs
            return lambda values: values[i] + values[j]
        if op == "concat":
            return lambda values: torch.cat([values[i] for i in inputs], 1)
        if op == "slice":
            i, begin, step = inputs[0], number("begin"), number("step", 1)
            return lambda values: values[i][:, begin::step]
        if op == "flatten":
            i = inputs[0]
            return lambda values: values[i].flatten(1)
        if op == "dropout":
            i, rate = inputs[0], attributes["rate"][0]
            return lambda values: F.dropout(values[i], rate)
        if op == "linear":
            i, extents, bias = inputs[0], (shape[0], shapes[inputs[0]][0]), number("bias", 1)
            self.grow(name + ".weight", extents)
            if bias:
                self.grow(name + ".bias", extents[:1])
            return lambda values: F.linear(values[i], self.part(name + ".weight", extents),
                                           self.part(name + ".bias", extents[:1]) if bias else None)
        raise ValueError(f"no layer {op}")

    def path(self, network):
        """A function of images: the network's layers in order, each value forgotten after its last use."""
        layers, shapes = network["layers"], [layer["shape"] for layer in network["layers"]]
        last_use = {i: k for k, layer in enumerate(layers) for i in layer.get("inputs", [])}
        steps = [(self.layer(layer, shapes), [i for i in set(layer["inputs"]) if last_use[i] == k + 1])
                 for k, layer in enumerate(layers[1:])]

        def forward(images):
            values = [images]
            for compute, over in steps:
                values.append(compute(values))
                for i in over:
                    values[i] = None
            return values[-1]
        return forward


def seconds(subject, layout, epochs=3):
    torch.manual_seed(1)
    net = SuperNetwork(layout)
    paths = [net.path(network) for network in subject["paths"]]
    shape = [subject["batch"], *subject["paths"][0]["layers"][0]["shape"]]
    images = torch.randn(shape).to(memory_format=layout)
    labels = torch.randint(0, subject["classes"], shape[:1])
    optimiser = torch.optim.SGD(net.weights.values(), lr=0.01, momentum=0.9, nesterov=True, weight_decay=4e-5)
    taken = []
    for _ in range(epochs):
        before = time.process_time()
        for path in paths:
            optimiser.zero_grad()
            F.cross_entropy(path(images), labels, label_smoothing=0.1).backward()
            optimiser.step()
        taken.append((time.process_time() - before) / len(paths))
    return taken[1:]  # the first fills caches of compiled kernels


torch.set_num_threads(1)
print(json.dumps({name: {"default": seconds(subject, torch.contiguous_format),
                         "channels_last": seconds(subject, torch.channels_last)}
                  for name, subject in json.load(sys.stdin).items()}))
