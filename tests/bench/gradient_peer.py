# SPDX-License-Identifier: Apache-2.0
"""Steps of stage 1 of U-Boost in plain PyTorch eager, one thread, in the default layout and in channels_last: mixed operations,
SGD for weights and Adam for logits in turn, on random images that lie ready and without the cost of the hardware. Reads
what gradient_bench prints, prints CPU seconds a step by epoch as JSON."""
import json
import sys
import time

import torch
import torch.nn.functional as F


class SuperNetwork:
    def __init__(self, network, layout):
        self.layout, self.weights, self.steps = layout, {}, []
        layers = network["layers"]
        last_use = {i: k for k, layer in enumerate(layers) for i in layer.get("inputs", [])}
        for k, layer in enumerate(layers[1:], 1):
            over = [i for i in set(layer.get("inputs", [])) if last_use[i] == k]
            self.steps.append((self.layer(layer, layers), over))

    def weight(self, name, shape, fill=None):
        weight = torch.empty(shape).fill_(fill) if fill is not None else torch.randn(shape) * 0.05
        if len(shape) == 4:
            weight = weight.to(memory_format=self.layout)
        self.weights[name] = weight.requires_grad_()
        return self.weights[name]

    def layer(self, spec, layers):
        op, name, inputs, shape = spec["op"], spec.get("weights"), spec.get("inputs", []), spec["shape"]
        if op == "zero":
            return lambda values, gates: None
        i, attributes = inputs[0], spec.get("attributes", {})
        channels = layers[i]["shape"][0]

        def number(key, otherwise=0):
            return int(attributes.get(key, [otherwise])[0])

        if op == "conv":
            kernel, stride, dilation = number("kernel", 1), number("stride", 1), number("dilation", 1)
            groups = channels if number("depthwise") else 1
            w = self.weight(name + ".weight", (shape[0], channels // groups, kernel, kernel))
            b = self.weight(name + ".bias", shape[:1]) if number("bias") else None
            return lambda values, gates: F.conv2d(values[i], w, b, stride, dilation * (kernel // 2), dilation, groups)
        if op == "batch_norm":
            scale, shift = self.weight(name + ".weight", shape[:1], 1), self.weight(name + ".bias", shape[:1], 0)
            mean, variance = torch.zeros(shape[0]), torch.ones(shape[0])
            return lambda values, gates: F.batch_norm(values[i], mean, variance, scale, shift, training=True)
        if op == "relu":
            return lambda values, gates: F.relu(values[i])
        if op == "max_pool":
            size, stride = number("kernel", 2), number("stride", 1)
            return lambda values, gates: F.max_pool2d(values[i], size, stride)
        if op == "choice":
            decision = number("decision")
            return lambda values, gates: sum(gates[decision][k] * values[j] for k, j in enumerate(inputs)
                                             if values[j] is not None)
        if op == "add":
            return lambda values, gates: sum(values[j] for j in inputs)
        if op == "flatten":
            return lambda values, gates: values[i].flatten(1)
        if op == "linear":
            w, b = self.weight(name + ".weight", (shape[0], channels)), self.weight(name + ".bias", shape[:1])
            return lambda values, gates: F.linear(values[i], w, b)
        raise ValueError(f"no layer {op}")

    def __call__(self, images, gates):
        values = [images]
        for compute, over in self.steps:
            values.append(compute(values, gates))
            for i in over:
                values[i] = None
        return values[-1]


def seconds(subject, layout, epochs=4):
    torch.manual_seed(1)
    net = SuperNetwork(subject["network"], layout)
    logits = [torch.randn(8, requires_grad=True) for _ in range(subject["edges"])]
    images = torch.randn([subject["batch"], 3, 32, 32]).to(memory_format=layout)
    labels = torch.randint(0, 10, (subject["batch"],))
    sgd = torch.optim.SGD(net.weights.values(), lr=0.05, momentum=0.9, nesterov=True, weight_decay=3e-4)
    adam = torch.optim.Adam(logits, lr=0.1)
    taken = []
    for _ in range(epochs):
        before = time.process_time()
        for step in range(subject["steps"]):
            of_logits = step % 2 == 1
            for weight in net.weights.values():
                weight.requires_grad_(not of_logits)
            for logit in logits:
                logit.requires_grad_(of_logits)
            sgd.zero_grad()
            adam.zero_grad()
            gates = [F.gumbel_softmax(logit, tau=1) for logit in logits]
            F.cross_entropy(net(images, gates), labels).backward()
            if of_logits:
                adam.step()
            else:
                torch.nn.utils.clip_grad_norm_(net.weights.values(), 0.5)
                sgd.step()
        taken.append((time.process_time() - before) / subject["steps"])
    return taken[1:]  # the first fills caches of compiled kernels


torch.set_num_threads(1)
subject = json.load(sys.stdin)
print(json.dumps({"default": seconds(subject, torch.contiguous_format),
                  "channels_last": seconds(subject, torch.channels_last)}))
