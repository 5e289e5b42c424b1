// SPDX-License-Identifier: Apache-2.0
#include "vector_network.hpp"

#include <cmath>
#include <functional>

#include <ATen/ops/empty.h>

namespace {

using espalier::Network;
using espalier::Op;
using Attributes = espalier::Attributes;

/// Convolutions and the classifier in the order of the vector: stem, cell, reduction, cell, reduction, cell, linear.
struct Builder {
    Network network;
    std::vector<std::string> order;

    std::size_t conv(std::size_t x, double out, double kernel, double stride)
    {
        order.push_back("conv" + std::to_string(order.size()));
        return network.add(Op::conv, {x}, {{"out", {out}}, {"kernel", {kernel}}, {"stride", {stride}}}, order.back());
    }
    std::size_t norm(std::size_t x)
    {
        return network.add(Op::batch_norm, {x}, {}, "norm" + std::to_string(network.size()));
    }
    std::size_t relu_conv_norm(std::size_t x, double out, double kernel, double stride = 1)
    {
        return norm(conv(network.add(Op::relu, {x}), out, kernel, stride));
    }
    // edges in order: 3x3, 3x3, average pool, skip, 1x1, none
    std::size_t cell(std::size_t node0, double c)
    {
        const std::size_t node1 = relu_conv_norm(node0, c, 3);
        const std::size_t edge1 = relu_conv_norm(node0, c, 3);
        const std::size_t edge2 = network.add(Op::avg_pool, {node1}, {{"kernel", {3}}});
        network.add(Op::add, {edge1, edge2});  // node 2 feeds nothing but `none`
        const std::size_t edge4 = relu_conv_norm(node1, c, 1);
        const std::size_t none = network.add(Op::zero, {network.size() - 1});
        return network.add(Op::add, {node0, edge4, none});
    }
    std::size_t reduction(std::size_t x, double c)
    {
        const std::size_t main = relu_conv_norm(relu_conv_norm(x, c, 3, 2), c, 3);
        const std::size_t pooled = network.add(Op::avg_pool, {x}, {{"kernel", {2}}, {"stride", {2}}});
        return network.add(Op::add, {main, conv(pooled, c, 1, 1)});
    }
};

Builder built()
{
    Builder b;
    std::size_t x = b.network.add(Op::input, {}, {{"shape", {3, 8, 8}}});
    x = b.norm(b.conv(x, 4, 3, 1));
    x = b.cell(x, 4);
    x = b.cell(b.reduction(x, 8), 8);
    x = b.cell(b.reduction(x, 16), 16);
    x = b.network.add(Op::global_average, {b.network.add(Op::relu, {b.norm(x)})});
    b.order.push_back("classifier");
    b.network.add(Op::linear, {x}, {{"out", {3}}}, "classifier");
    return b;
}

void fill(at::Tensor tensor, const std::function<double(double)>& value)
{
    const at::Tensor flat = at::empty({tensor.numel()}, at::kDouble);
    for (std::int64_t i = 0; i < flat.numel(); ++i)
        flat.mutable_data_ptr<double>()[i] = value(static_cast<double>(i));
    tensor.detach().copy_(flat.reshape(tensor.sizes()));
}

}  // namespace

VectorNetwork::VectorNetwork() : network{built().network}, weights{network, {}, 1, at::kDouble}
{
    const std::vector<std::string> order = built().order;
    for (std::size_t k = 0; k < order.size(); ++k) {
        const at::Tensor& weight = weights.at(order[k] + ".weight");
        const double scale = std::sqrt(2.0 * static_cast<double>(weight.size(0)) / static_cast<double>(weight.numel()));
        fill(weight, [&](double i) { return std::sin(0.37 * i + 0.9 * static_cast<double>(k)) * scale; });
    }
    fill(weights.at("classifier.bias"), [](double) { return 0.0; });
    x = at::empty({4, 3, 8, 8}, at::kDouble);
    fill(x, [](double i) { return std::cos(0.173 * i); });
}
