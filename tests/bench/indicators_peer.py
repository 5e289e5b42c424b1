# SPDX-License-Identifier: Apache-2.0
"""The indicators of one architecture in plain Python on LibTorch, as published code computes them: contiguous images,
one thread, one backward pass a sample. Prints CPU seconds as JSON."""
import json
import math
import time

import torch
from torch import nn

OPS = (4, 3, 3, 4, 4, 4)  # edges 0->1, 0->2, 1->2, 0->3, 1->3, 2->3
EDGES = ((0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3))


class ReLUConvBN(nn.Sequential):
    def __init__(self, inputs, outputs, kernel, stride=1):
        super().__init__(nn.ReLU(), nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False),
                         nn.BatchNorm2d(outputs))


class Cell(nn.Module):
    def __init__(self, channels):
        super().__init__()
        make = {1: nn.Identity, 2: lambda: ReLUConvBN(channels, channels, 1), 3: lambda: ReLUConvBN(channels, channels, 3),
                4: lambda: nn.AvgPool2d(3, 1, 1, count_include_pad=False)}
        self.edges = nn.ModuleList(make[op]() for op in OPS)

    def forward(self, x):
        nodes = [x]
        for node in (1, 2, 3):
            nodes.append(sum(edge(nodes[a]) for edge, (a, b) in zip(self.edges, EDGES) if b == node))
        return nodes[3]


class Residual(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.a, self.b = ReLUConvBN(inputs, outputs, 3, 2), ReLUConvBN(outputs, outputs, 3)
        self.shortcut = nn.Sequential(nn.AvgPool2d(2, 2), nn.Conv2d(inputs, outputs, 1, bias=False))

    def forward(self, x):
        return self.b(self.a(x)) + self.shortcut(x)


def network(channels, cells):
    layers = [nn.Conv2d(3, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels)]
    for stage in range(3):
        if stage:
            layers.append(Residual(channels, 2 * channels))
            channels *= 2
        layers += [Cell(channels) for _ in range(cells)]
    layers += [nn.BatchNorm2d(channels), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, 10)]
    return nn.Sequential(*layers)


def kaiming(net, mode):
    for module in net.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            nn.init.kaiming_normal_(module.weight, mode=mode)
    return net


def cj(channels, cells):
    net = network(channels, cells)
    x = images.clone().requires_grad_(True)
    net(x).sum().backward()
    rows = x.grad.flatten(1).double()
    r = torch.corrcoef(rows)
    return ((r > 0) & (r < 0.25)).sum().item()


@torch.no_grad()
def output_sensitivity(channels, cells):
    net = network(channels, cells)
    clean, noisy = net(images), net(images + 0.1 * noise)
    return ((noisy - clean).square().mean() / clean.var(0).mean()).item()


def cnntk(channels, cells, batch):
    net = kaiming(network(channels, cells), "fan_out")
    logits = net(images[:batch])
    weights = [p for name, p in net.named_parameters() if "weight" in name]
    rows = [torch.cat([g.flatten() for g in torch.autograd.grad(logits[i].sum(), weights, retain_graph=True)])
            for i in range(batch)]
    g = torch.stack(rows).double()
    v = torch.linalg.eigvalsh(g @ g.t())
    return (v[0] / v[-1]).item()


@torch.no_grad()
def nlr():
    total = 0
    for _ in range(3):
        cell, patterns = kaiming(Cell(1), "fan_in"), []
        hooks = [m.register_forward_hook(lambda _, __, out: patterns.append((out > 0).flatten(1)))
                 for m in cell.modules() if isinstance(m, nn.ReLU)]
        rows = []
        for first in range(0, 3000, 1000):
            patterns.clear()
            cell(patches[first:first + 1000])
            rows.append(torch.cat(patterns, 1))
        total += torch.unique(torch.cat(rows), dim=0).shape[0]
        for hook in hooks:
            hook.remove()
    return total / 3


def seconds(work, least=2.0):
    work()
    times, start = [], time.perf_counter()
    while time.perf_counter() - start < least or len(times) < 3:
        before = time.process_time()
        assert math.isfinite(work())
        times.append(time.process_time() - before)
    return sum(times) / len(times)


torch.set_num_threads(1)
torch.manual_seed(1)
images, noise, patches = torch.randn(64, 3, 32, 32), torch.randn(64, 3, 32, 32), torch.randn(3000, 1, 3, 3)
parts = {
    "reduced/cj_count": lambda: cj(8, 1), "full/cj_count": lambda: cj(16, 5),
    "reduced/os_rel": lambda: output_sensitivity(8, 1), "full/os_rel": lambda: output_sensitivity(16, 5),
    "reduced/cnntk": lambda: cnntk(3, 1, 16), "full/cnntk": lambda: cnntk(3, 1, 32),
    "reduced/nlr": nlr, "full/nlr": nlr,
}
result = {name: seconds(work) for name, work in parts.items()}
for preset in ("reduced", "full"):
    result[preset] = sum(v for name, v in result.items() if name.startswith(preset + "/"))
print(json.dumps(result))
