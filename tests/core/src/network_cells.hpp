// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "espalier/network.hpp"

namespace espalier::testing {

inline std::size_t conv_bn(Network& n, std::size_t x, int out, int kernel, int stride, const std::string& w)
{
    x = n.add(Op::conv, {x}, {{"out", {1.0 * out}}, {"kernel", {1.0 * kernel}}, {"stride", {1.0 * stride}}}, w);
    return n.add(Op::batch_norm, {x}, {}, w + ".bn");
}

inline std::size_t relu_conv_bn(Network& n, std::size_t x, int out, int kernel, int stride, const std::string& w)
{
    return conv_bn(n, n.add(Op::relu, {x}), out, kernel, stride, w);
}

/// NAS-Bench-201's cell; what an edge is made of is up to `edge(from, number)`.
template <class Edge>
std::size_t cell_201(Network& n, std::size_t x, Edge edge)
{
    std::vector<std::size_t> node{x};
    for (int to = 1, number = 0; to < 4; ++to) {
        std::vector<std::size_t> terms;
        for (int from = 0; from < to; ++from, ++number)
            terms.push_back(edge(node[static_cast<std::size_t>(from)], number));
        node.push_back(n.add(Op::add, terms));
    }
    return node.back();
}

/// The whole network of NAS-Bench-201 with 32x32 images and 10 classes; `edge(network, from, number, width, name)`.
template <class Edge>
Network network_201(int channels, int cells, Edge edge)
{
    Network n;
    std::size_t x = conv_bn(n, n.add(Op::input, {}, {{"shape", {3, 32, 32}}}), channels, 3, 1, "stem");
    for (int stage = 0; stage < 3; ++stage) {
        const int width = channels << stage;
        if (stage > 0) {
            const std::string w = "reduce" + std::to_string(stage);
            const std::size_t pooled = n.add(Op::avg_pool, {x}, {{"stride", {2}}});
            const std::size_t shortcut = n.add(Op::conv, {pooled}, {{"out", {1.0 * width}}}, w + ".shortcut");
            x = relu_conv_bn(n, relu_conv_bn(n, x, width, 3, 2, w + ".a"), width, 3, 1, w + ".b");
            x = n.add(Op::add, {x, shortcut});
        }
        for (int i = 0; i < cells; ++i) {
            const std::string name = std::to_string(stage) + "." + std::to_string(i);
            x = cell_201(n, x, [&](std::size_t from, int number) {
                return edge(n, from, number, width, name + "." + std::to_string(number));
            });
        }
    }
    x = n.add(Op::relu, {n.add(Op::batch_norm, {x}, {}, "last")});
    n.add(Op::linear, {n.add(Op::global_average, {x})}, {{"out", {10}}}, "classifier");
    return n;
}

/// Options of an edge: none, skip_connect, nor_conv_1x1, nor_conv_3x3, avg_pool_3x3.
inline Network super_network_201(int channels, int cells)
{
    return network_201(channels, cells, [](Network& n, std::size_t from, int number, int width, const std::string& w) {
        return n.add(Op::choice,
                     {n.add(Op::zero, {from}), from, relu_conv_bn(n, from, width, 1, 1, w + ".1x1"),
                      relu_conv_bn(n, from, width, 3, 1, w + ".3x3"), n.add(Op::avg_pool, {from}, {{"kernel", {3}}})},
                     {{"decision", {1.0 * number}}});
    });
}

/// How many layers of this kind there are.
inline std::size_t count(const Network& network, Op op)
{
    std::size_t found = 0;
    for (const Layer layer : network)
        found += layer.op() == op ? 1 : 0;
    return found;
}

}  // namespace espalier::testing
