// SPDX-License-Identifier: Apache-2.0
#include "network.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "espalier/marks.hpp"

#include "cell.hpp"

namespace espalier::nas_bench_201 {
namespace {

constexpr int kStages = 3;

/// What an edge of a cell adds to the node it leads to: the index of a layer, or nothing.
using EdgeBuilder =
    std::function<std::optional<std::size_t>(Network&, std::size_t edge, std::size_t from, const std::string& weights)>;

Attributes attributes(std::int64_t out, int kernel, int stride)
{
    Attributes a{{"out", {double(out)}}, {"kernel", {double(kernel)}}};
    if (stride > 1)
        a.emplace("stride", std::vector{double(stride)});
    if (const int pad = kernel / 2; pad > 0)
        a.emplace("pad", std::vector{double(pad)});
    return a;
}

std::size_t conv_bn(Network& n, std::size_t x, std::int64_t out, int kernel, int stride, const std::string& weights)
{
    x = n.add(Op::conv, {x}, attributes(out, kernel, stride), weights);
    return n.add(Op::batch_norm, {x}, {}, weights + ".bn");
}

/// Pre-activation order, as in the benchmark.
std::size_t relu_conv_bn(Network& n, std::size_t x, std::int64_t out, int kernel, int stride,
                         const std::string& weights)
{
    return conv_bn(n, n.add(Op::relu, {x}), out, kernel, stride, weights);
}

/// Halves height and width: two 3x3 convolutions, and a shortcut of pooling and a 1x1 convolution.
std::size_t reduction(Network& n, std::size_t x, std::int64_t out, const std::string& weights)
{
    const std::size_t a = relu_conv_bn(n, x, out, 3, 2, weights + ".a");
    const std::size_t b = relu_conv_bn(n, a, out, 3, 1, weights + ".b");
    const std::size_t pooled = n.add(Op::avg_pool, {x}, {{"kernel", {2}}, {"stride", {2}}});
    return n.add(Op::add, {b, n.add(Op::conv, {pooled}, attributes(out, 1, 1), weights + ".shortcut")});
}

std::size_t operation(Network& n, std::uint16_t operation, std::size_t x, const std::string& weights)
{
    const std::int64_t channels = n[x].shape()[0];
    switch (operation) {
        case kNone:
            return n.add(Op::zero, {x});
        case kConv1x1:
            return relu_conv_bn(n, x, channels, 1, 1, weights + ".1x1");
        case kConv3x3:
            return relu_conv_bn(n, x, channels, 3, 1, weights + ".3x3");
        case kAveragePool:
            return n.add(Op::avg_pool, {x}, {{"kernel", {3}}, {"stride", {1}}, {"pad", {1}}});
        default:
            return x;
    }
}

std::size_t cell(Network& n, std::size_t x, const EdgeBuilder& build_edge, const std::string& name)
{
    std::vector<std::size_t> node{x};
    std::vector<std::size_t> terms;
    for (std::size_t edge = 0; edge < kEdges; ++edge) {
        if (const auto term = build_edge(n, edge, node[kEdgeOrder[edge].from], name + "." + std::to_string(edge))) {
            mark(n, Mark::branch, *term);
            terms.push_back(*term);
        }
        if (edge + 1 < kEdges && kEdgeOrder[edge + 1].to == kEdgeOrder[edge].to)
            continue;
        if (terms.empty()) {
            const Shape shape = n[x].shape();
            node.push_back(n.add(Op::zeros, {}, {{"shape", {shape.begin(), shape.end()}}}));
        } else {
            node.push_back(terms.size() == 1 ? terms[0] : n.add(Op::add, terms));
        }
        terms.clear();
    }
    return node.back();
}

Network build(const Skeleton& s, const EdgeBuilder& build_edge)
{
    Network n;
    std::size_t x = n.add(Op::input, {}, {{"shape", {s.input.begin(), s.input.end()}}});
    if (s.stem)
        x = conv_bn(n, x, s.channels, 3, 1, "stem");
    mark(n, Mark::block, x);
    for (int stage = 0; stage < (s.reductions ? kStages : 1); ++stage) {
        const std::string name = std::to_string(stage);
        if (stage > 0)
            mark(n, Mark::block, x = reduction(n, x, s.channels << stage, "reduce" + name));
        for (int i = 0; i < s.cells; ++i)
            mark(n, Mark::block, x = cell(n, x, build_edge, name + "." + std::to_string(i)));
    }
    if (s.stem) {
        x = n.add(Op::relu, {n.add(Op::batch_norm, {x}, {}, "head.bn")});
        n.add(Op::linear, {n.add(Op::global_average, {x})}, {{"out", {double(s.classes)}}}, "classifier");
    }
    return n;
}

}  // namespace

Network super_network(const Skeleton& s)
{
    return build(
        s,
        [](Network& n, std::size_t edge, std::size_t from, const std::string& weights) -> std::optional<std::size_t> {
            std::vector<std::size_t> options;
            for (std::uint16_t o = 0; o < kOperations; ++o)
                options.push_back(operation(n, o, from, weights));
            return n.add(Op::choice, options, {{"decision", {double(edge)}}});
        });
}

Network unpruned_network(const Skeleton& s, const Architecture& a)
{
    return build(
        s,
        [&a](Network& n, std::size_t edge, std::size_t from, const std::string& weights) -> std::optional<std::size_t> {
            const std::uint16_t chosen = a.choices[edge];
            if (chosen == kNone)
                return std::nullopt;
            return operation(n, chosen, from, weights);
        });
}

}  // namespace espalier::nas_bench_201
