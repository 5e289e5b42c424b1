// SPDX-License-Identifier: Apache-2.0
#include "network.hpp"

#include <string>
#include <utility>
#include <vector>

#include "espalier/marks.hpp"

namespace espalier::fbnet {
namespace {

struct Stage {
    std::size_t layers;
    std::int64_t channels;
    int cifar_stride, imagenet_stride;  // of its first layer
};
constexpr Stage kStages[] = {{1, 16, 1, 1},  {4, 24, 1, 2},  {4, 32, 2, 2}, {4, 64, 2, 2},
                             {4, 112, 1, 1}, {4, 184, 2, 2}, {1, 352, 1, 1}};
constexpr std::int64_t kStem = 16, kCifarHead = 1504, kImageNetHead = 1984;

struct Bottleneck {
    std::string_view name;
    int kernel, expansion, groups;
};
constexpr Bottleneck kBottlenecks[] = {{kCandidates[0], 3, 1, 1}, {kCandidates[1], 3, 1, 2}, {kCandidates[2], 3, 3, 1},
                                       {kCandidates[3], 3, 6, 1}, {kCandidates[4], 5, 1, 1}, {kCandidates[5], 5, 1, 2},
                                       {kCandidates[6], 5, 3, 1}, {kCandidates[7], 5, 6, 1}};

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

std::size_t bottleneck(Network& n, std::size_t x, const Bottleneck& b, std::int64_t out, int stride,
                       const std::string& weights)
{
    const std::int64_t in = n[x].shape()[0];
    std::size_t y =
        conv_bn_relu(n, x, {{"out", number(b.expansion * in)}, {"groups", number(b.groups)}}, weights + ".expand");
    if (b.groups > 1)
        y = n.add(Op::channel_shuffle, {y}, {{"groups", number(b.groups)}});
    y = conv_bn_relu(n, y, {{"depthwise", {1}}, {"kernel", number(b.kernel)}, {"stride", number(stride)}},
                     weights + ".depth");
    y = conv_bn(n, y, {{"out", number(out)}, {"groups", number(b.groups)}}, weights + ".project");
    return stride == 1 && in == out ? n.add(Op::add, {x, y}) : y;
}

/// The input, where it has the shape already.
std::size_t skip(Network& n, std::size_t x, std::int64_t out, int stride, const std::string& weights)
{
    if (stride == 1 && n[x].shape()[0] == out)
        return x;
    return conv_bn_relu(n, x, {{"out", number(out)}, {"stride", number(stride)}}, weights);
}

/// @param layer from 0.
std::size_t searched(Network& n, std::size_t x, std::size_t layer, std::int64_t out, int stride)
{
    const std::string name = "layer" + std::to_string(layer + 1) + ".";
    std::vector<std::size_t> candidates;
    for (const Bottleneck& b : kBottlenecks)
        candidates.push_back(bottleneck(n, x, b, out, stride, name + std::string(b.name)));
    candidates.push_back(skip(n, x, out, stride, name + std::string(kCandidates.back())));
    const std::size_t y = n.add(Op::choice, candidates, {{"decision", {static_cast<double>(layer)}}});
    mark(n, Mark::branch, y);
    mark(n, Mark::block, y);
    return y;
}

}  // namespace

Network super_network(const Skeleton& s)
{
    const bool cifar = s.variant == Variant::cifar;
    Network n;
    std::size_t x =
        n.add(Op::input, {}, {{"shape", {3, static_cast<double>(s.task.side), static_cast<double>(s.task.side)}}});
    x = conv_bn_relu(n, x, {{"out", number(kStem)}, {"kernel", {3}}, {"stride", number(cifar ? 1 : 2)}}, "stem");
    mark(n, Mark::block, x);
    std::size_t layer = 0;
    for (const Stage& stage : kStages)
        for (std::size_t i = 0; i < stage.layers; ++i) {
            const int first = cifar ? stage.cifar_stride : stage.imagenet_stride;
            x = searched(n, x, layer++, stage.channels, i == 0 ? first : 1);
        }
    x = conv_bn_relu(n, x, {{"out", number(cifar ? kCifarHead : kImageNetHead)}}, "head");
    n.add(Op::linear, {n.add(Op::global_average, {x})}, {{"out", {static_cast<double>(s.task.classes)}}}, "classifier");
    return n;
}

}  // namespace espalier::fbnet
