// SPDX-License-Identifier: Apache-2.0
#include "network.hpp"

#include <string>
#include <utility>

#include "espalier/marks.hpp"

namespace espalier::hurricane {
namespace {

std::size_t conv_bn_relu(Network& n, std::size_t x, Attributes attributes, const Style& style,
                         const std::string& weights)
{
    x = n.add(Op::conv, {x}, std::move(attributes), weights);
    x = n.add(Op::batch_norm, {x}, {{"affine", {style.affine ? 1.0 : 0.0}}}, weights + ".bn");
    return n.add(Op::relu, {x});
}

}  // namespace

Network super_network(const Backbone& b, const ImageTask& task, const Style& style, const Lists& lists)
{
    Network n;
    const auto side = static_cast<double>(task.side);
    std::size_t x = n.add(Op::input, {}, {{"shape", {3, side, side}}});
    x = conv_bn_relu(n, x, {{"out", {double(b.stem)}}, {"kernel", {3}}, {"stride", {double(b.stem_stride)}}}, style,
                     "stem");
    mark(n, Mark::block, x);
    const std::vector<Place> where = places(b, task.side);
    for (std::size_t layer = 0; layer < kLayers; ++layer) {
        const std::string name = "layer" + std::to_string(layer + 1) + ".";
        std::vector<std::size_t> options;
        for (const std::size_t index : lists[layer]) {
            const Operator& op = kOperators[index];
            options.push_back(
                append(n, x, op, where[layer].out, where[layer].stride, style, name + std::string(op.name)));
        }
        x = n.add(Op::choice, std::move(options), {{"decision", {double(layer)}}});
        mark(n, Mark::branch, x);
        mark(n, Mark::block, x);
    }
    x = conv_bn_relu(n, x, {{"out", {double(b.head)}}}, style, "head");
    x = n.add(Op::global_average, {x});
    if (b.dropout > 0)
        x = n.add(Op::dropout, {x}, {{"rate", {b.dropout}}});
    n.add(Op::linear, {x}, {{"out", {double(task.classes)}}, {"bias", {0}}}, "classifier");
    return n;
}

}  // namespace espalier::hurricane
