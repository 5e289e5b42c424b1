# SPDX-License-Identifier: Apache-2.0
"""FI-ZC's indicators of NAS-Bench-201 cells in plain PyTorch, as the pilot computed them: contiguous images, one thread,
trainability and input Jacobians on one retained graph, MeCo by hooks with eigenvalues kept by tensor, SynFlow in double.
Reads {"cells": [...]} from the standard input, prints CPU seconds as JSON."""
import json
import math
import re
import statistics
import sys
import time

import torch
from torch import nn

EDGES = ((0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3))


class ReLUConvBN(nn.Sequential):
    def __init__(self, inputs, outputs, kernel, stride=1):
        super().__init__(nn.ReLU(), nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False),
                         nn.BatchNorm2d(outputs, momentum=0))


class Cell(nn.Module):
    def __init__(self, ops, channels):
        super().__init__()
        make = {"none": None, "skip_connect": nn.Identity, "nor_conv_1x1": lambda: ReLUConvBN(channels, channels, 1),
                "nor_conv_3x3": lambda: ReLUConvBN(channels, channels, 3),
                "avg_pool_3x3": lambda: nn.AvgPool2d(3, 1, 1, count_include_pad=False)}
        self.edges = nn.ModuleDict({str(i): make[op]() for i, op in enumerate(ops) if op != "none"})

    def forward(self, x):
        nodes = [x]
        for node in (1, 2, 3):
            terms = [self.edges[str(i)](nodes[a]) for i, (a, b) in enumerate(EDGES)
                     if b == node and str(i) in self.edges]
            nodes.append(sum(terms[1:], terms[0]) if terms else torch.zeros_like(x))
        return nodes[3]


class Residual(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.a, self.b = ReLUConvBN(inputs, outputs, 3, 2), ReLUConvBN(outputs, outputs, 3)
        self.shortcut = nn.Sequential(nn.AvgPool2d(2, 2), nn.Conv2d(inputs, outputs, 1, bias=False))

    def forward(self, x):
        return self.b(self.a(x)) + self.shortcut(x)


class Network(nn.Module):
    def __init__(self, ops, channels=16, cells=5):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels, momentum=0))
        blocks = []
        for stage in range(3):
            if stage:
                blocks.append(Residual(channels, 2 * channels))
                channels *= 2
            blocks += [Cell(ops, channels) for _ in range(cells)]
        self.blocks = nn.ModuleList(blocks)
        self.head = nn.Sequential(nn.BatchNorm2d(channels, momentum=0), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
                                  nn.Linear(channels, 10))
        for module in self.modules():
            if isinstance(module, (nn.Conv2d, nn.Linear)):
                nn.init.kaiming_normal_(module.weight)

    def features(self, x):
        maps = [self.stem(x)]
        for block in self.blocks:
            maps.append(block(maps[-1]))
        return maps

    def forward(self, x):
        return self.head(self.features(x)[-1])


def live(ops):
    """The operations that lead from the input to the output."""
    ops = list(ops)
    reached = {0}
    for i, (a, b) in enumerate(EDGES):
        if ops[i] != "none" and a in reached:
            reached.add(b)
    leading = {3}
    for i, (a, b) in reversed(list(enumerate(EDGES))):
        if ops[i] != "none" and b in leading:
            leading.add(a)
    return [op if a in reached and b in leading else "none" for op, (a, b) in zip(ops, EDGES)]


def parse(text):
    return live(re.findall(r"\|?(\w+)~\d", text))


def complexity(ops):
    return 7.78305 + 3.93216 * ops.count("nor_conv_1x1") + 35.38944 * ops.count("nor_conv_3x3")


def trainability(maps):
    scores = []
    for before, after in zip(maps, maps[1:]):
        if before is after:
            return -math.inf
        signs = torch.randint(0, 2, after.shape) * 2.0 - 1
        g = torch.autograd.grad((after * signs).sum(), before, retain_graph=True, allow_unused=True)[0]
        g = torch.zeros_like(before) if g is None else g
        if g.shape == signs.shape and torch.equal(g, signs):
            return -math.inf
        if g.shape[2] == 2 * signs.shape[2]:
            g = nn.functional.pixel_unshuffle(g, 2)
        rows, sign_rows = g.permute(0, 2, 3, 1).flatten(0, 2), signs.permute(0, 2, 3, 1).flatten(0, 2)
        s = torch.linalg.svdvals(rows.t() @ sign_rows / rows.shape[0])[0].item()
        scores.append(2 - s - 1 / (s + 1e-6))
    return statistics.fmean(scores)


def jacobian(logits, x):
    rows = torch.autograd.grad(logits.sum(), x)[0].flatten(1)
    v = torch.linalg.eigvalsh(torch.corrcoef(rows.double())).clamp_min(0) + 1e-5
    return -(v.log() + 1 / v).sum().item()


def both(net, wanted):
    for parameter in net.parameters():
        parameter.requires_grad_(False)
    x = images.clone().requires_grad_(True)
    maps = net.features(x)
    logits = net.head(maps[-1])
    t = trainability(maps) if "trainability" in wanted else 0
    j = jacobian(logits, x) if "jacobian_logdet" in wanted else 0
    return t, j


@torch.no_grad()
def meco(net):
    total, known = 0.0, {}

    def hook(_, __, out):
        nonlocal total
        key = id(out)
        if key not in known:
            r = torch.corrcoef(out[0].flatten(1).double()).nan_to_num(0)
            known[key] = torch.linalg.eigvalsh(r)[0].item(), out
        total += known[key][0]

    hooked = [m for block in net.blocks for m in block.modules() if isinstance(m, (nn.ReLU, nn.BatchNorm2d, nn.Identity))]
    hooked += [m for block in net.blocks if isinstance(block, Cell) for m in block.edges.values()
               if isinstance(m, nn.AvgPool2d)]
    hooked += [net.stem, *net.blocks, *(b.shortcut for b in net.blocks if isinstance(b, Residual))]
    handles = [m.register_forward_hook(hook) for m in hooked]
    net(images[:1])
    for handle in handles:
        handle.remove()
    return total


def synflow(net):
    for module in net.modules():
        for name, child in module.named_children():
            if isinstance(child, nn.BatchNorm2d):
                setattr(module, name, nn.Identity())
    net.double()
    weights = [m.weight for m in net.modules() if isinstance(m, (nn.Conv2d, nn.Linear))]
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.abs_()
    for weight in weights:
        weight.requires_grad_(True)
    gradients = torch.autograd.grad(net(torch.ones(1, 3, 32, 32, dtype=torch.double)).sum(), weights, allow_unused=True)
    flow = sum((w * g).abs().sum().item() for w, g in zip(weights, gradients) if g is not None)
    return math.log(flow) if flow > 0 else -math.inf


def scored(ops, wanted):
    net = Network(ops)
    values = []
    if "complexity" in wanted:
        values.append(complexity(ops))
    if "trainability" in wanted or "jacobian_logdet" in wanted:
        values += both(net, wanted)
    if "meco" in wanted:
        values.append(meco(net))
    if "synflow" in wanted:
        values.append(synflow(net))
    return values


torch.set_num_threads(1)
torch.manual_seed(1)
images = torch.randn(16, 3, 32, 32)
sets = {"fi_zc": ("complexity", "trainability", "jacobian_logdet", "meco", "synflow"),
        "light": ("complexity", "jacobian_logdet", "meco"), "trainability": ("trainability",),
        "jacobian_logdet": ("jacobian_logdet",), "meco": ("meco",), "synflow": ("synflow",)}
cells = [parse(cell) for cell in json.load(sys.stdin)["cells"]]
times = {name: [] for name in sets}
for warm, some in ((False, cells[:5]), (True, cells)):  # the first fill caches of compiled kernels
    for cell in some:
        for name, wanted in sets.items():
            before = time.process_time()
            scored(cell, wanted)
            if warm:
                times[name].append(time.process_time() - before)
print(json.dumps({name: {"median": statistics.median(v), "mean": statistics.fmean(v), "max": max(v)}
                  for name, v in times.items()}))
