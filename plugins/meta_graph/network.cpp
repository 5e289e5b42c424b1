// SPDX-License-Identifier: Apache-2.0
#include "network.hpp"

#include <string>
#include <utility>
#include <vector>

#include "espalier/marks.hpp"

namespace espalier::meta_graph {
namespace {

std::vector<double> number(std::int64_t value)
{
    return {static_cast<double>(value)};
}

std::size_t conv_bn(Network& n, std::size_t x, Attributes attributes, const std::string& weights)
{
    x = n.add(Op::conv, {x}, std::move(attributes), weights);
    return n.add(Op::batch_norm, {x}, {}, weights + ".bn");
}

std::size_t conv_bn_relu(Network& n, std::size_t x, Attributes attributes, const std::string& weights)
{
    return n.add(Op::relu, {conv_bn(n, x, std::move(attributes), weights)});
}

struct Bottleneck {
    int kernel, expansion;
};
constexpr Bottleneck kBottlenecks[] = {{3, 6}, {3, 3}, {5, 6}, {5, 3}};

std::size_t bottleneck(Network& n, std::size_t x, const Bottleneck& b, std::int64_t out, int stride,
                       const std::string& weights)
{
    const std::int64_t in = n[x].shape()[0];
    std::size_t y = conv_bn_relu(n, x, {{"out", number(b.expansion * in)}}, weights + ".expand");
    y = conv_bn_relu(n, y, {{"depthwise", {1}}, {"kernel", number(b.kernel)}, {"stride", number(stride)}},
                     weights + ".depth");
    y = conv_bn(n, y, {{"out", number(out)}}, weights + ".project");
    return stride == 1 && in == out ? n.add(Op::add, {x, y}) : y;
}

std::size_t basic(Network& n, std::size_t x, std::int64_t out, int stride, const std::string& weights)
{
    const std::size_t y =
        conv_bn_relu(n, x, {{"out", number(out)}, {"kernel", {3}}, {"stride", number(stride)}}, weights + ".first");
    return n.add(Op::relu6, {conv_bn(n, y, {{"out", number(out)}, {"kernel", {3}}}, weights + ".second")});
}

class Builder {
public:
    Builder(Network& n, Combination combination) : n_{n}, combination_{combination} {}

    std::size_t layer(std::size_t x, std::int64_t out, int stride, bool first)
    {
        const std::string name = "layer" + std::to_string(layers_ + 1) + ".";
        std::vector<std::size_t> modules, selected;
        for (std::size_t m = 0; m < kForced; ++m)
            modules.push_back(bottleneck(n_, x, kBottlenecks[m], out, stride, name + std::string(kModules[m])));
        modules.push_back(basic(n_, x, out, stride, name + std::string(kModules[kForced])));
        for (const std::size_t module : modules) {
            const auto decision = static_cast<double>(layers_ * kModules.size() + selected.size());
            const std::size_t off = n_.add(Op::zero, {module});
            selected.push_back(n_.add(Op::choice, {off, module}, {{"decision", {decision}}}));
            mark(n_, Mark::branch, selected.back());
        }
        ++layers_;
        const double mean = combination_ == Combination::mean ? 1 : 0;
        const std::size_t combined = n_.add(Op::add, std::move(selected), {{"mean", {mean}}});
        const std::size_t y = n_.add(Op::otherwise, {combined, first ? modules[kForced] : x});
        mark(n_, Mark::block, y);
        return y;
    }

private:
    Network& n_;
    Combination combination_;
    std::size_t layers_ = 0;
};

}  // namespace

Network super_network(const Backbone& b, const Shape& input, std::size_t classes, Combination combination)
{
    Network n;
    std::size_t x = n.add(Op::input, {}, {{"shape", {input.begin(), input.end()}}});
    x = conv_bn_relu(n, x, {{"out", number(b.stem)}, {"kernel", {3}}, {"stride", number(b.stem_stride)}}, "stem");
    mark(n, Mark::block, x);
    Builder builder(n, combination);
    for (const Stage& stage : b.stages)
        for (int i = 0; i < stage.layers; ++i)
            x = builder.layer(x, stage.channels, i == 0 ? stage.stride : 1, i == 0);
    x = conv_bn_relu(n, x, {{"out", number(b.head)}}, "head");
    n.add(Op::linear, {n.add(Op::global_average, {x})}, {{"out", {static_cast<double>(classes)}}}, "classifier");
    return n;
}

}  // namespace espalier::meta_graph
