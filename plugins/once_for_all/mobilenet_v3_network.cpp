// SPDX-License-Identifier: Apache-2.0
#include "mobilenet_v3_network.hpp"

#include <string>
#include <vector>

#include "channels.hpp"
#include "layers.hpp"

namespace espalier::once_for_all::mobilenet_v3 {
namespace {

constexpr std::int64_t kStem = 16, kHead = 960, kFeatures = 1280;

struct Stage {
    std::int64_t channels;
    int stride;
    bool squeeze;
    Op activation;
};
constexpr std::array<Stage, kStages> kStageTable{{{24, 2, false, Op::relu},
                                                  {40, 2, true, Op::relu},
                                                  {80, 2, false, Op::hswish},
                                                  {112, 1, true, Op::hswish},
                                                  {160, 2, true, Op::hswish}}};

std::size_t depthwise(Network& n, std::size_t x, int kernel, int stride, const std::string& weights)
{
    return n.add(
        Op::conv, {x},
        {{"depthwise", {1}}, {"kernel", {static_cast<double>(kernel)}}, {"stride", {static_cast<double>(stride)}}},
        weights);
}

std::size_t biased(Network& n, std::size_t x, const Widths& widths, const std::string& weights)
{
    x = n.add(Op::conv, {x}, {{"out", {static_cast<double>(widths.widest())}}, {"bias", {1}}}, weights);
    return masked(n, x, widths);
}

/// Squeeze and excite: each channel times a number that depends on the means of all.
std::size_t squeezed(Network& n, std::size_t x, const Widths& middle, const std::string& weights)
{
    Widths reduced = middle;
    for (std::int64_t& width : reduced.options) {
        width /= 4;
        width = divisible(static_cast<double>(width));
    }
    std::size_t gate = n.add(Op::global_average, {x}, {{"keep", {1}}});
    gate = n.add(Op::relu, {biased(n, gate, reduced, weights + ".reduce")});
    gate = n.add(Op::hsigmoid, {biased(n, gate, middle, weights + ".expand")});
    return n.add(Op::multiply, {x, gate});
}

/// Stage and block count from 0.
std::size_t block(Network& n, std::size_t x, std::size_t stage, std::size_t block, std::int64_t out)
{
    const Stage& s = kStageTable[stage];
    const std::size_t place = stage * kBlocksPerStage + block;
    const std::string name = "stage" + std::to_string(stage + 1) + ".block" + std::to_string(block + 1);
    const int stride = block == 0 ? s.stride : 1;
    const std::int64_t in = n[x].shape()[0];

    Widths middle{kExpansion + place, {}};
    for (const int expansion : kExpansions)
        middle.options.push_back(expanded(in, expansion));
    std::size_t y = n.add(s.activation, {conv_bn(n, x, {}, middle, name + ".expand")});
    std::vector<std::size_t> kernels;
    kernels.reserve(kKernels.size());
    for (const int kernel : kKernels)
        kernels.push_back(depthwise(n, y, kernel, stride, name + ".depth"));
    y = n.add(s.activation, {bn(n, choice(n, kernels, kKernel + place), name + ".depth")});
    if (s.squeeze)
        y = squeezed(n, y, middle, name + ".squeeze");
    y = conv_bn(n, y, {.out = out}, name + ".project");
    return stride == 1 && in == out ? n.add(Op::add, {x, y}) : y;
}

/// One block without expansion.
std::size_t first_block(Network& n, std::size_t x)
{
    const std::size_t y = n.add(Op::relu, {bn(n, depthwise(n, x, 3, 1, "first.depth"), "first.depth")});
    return n.add(Op::add, {x, conv_bn(n, y, {.out = n[x].shape()[0]}, "first.project")});
}

void head(Network& n, std::size_t x, double width_multiplier, std::size_t classes)
{
    x = n.add(Op::hswish, {conv_bn(n, x, {.out = divisible(kHead * width_multiplier)}, "head.expand")});
    x = n.add(Op::global_average, {x}, {{"keep", {1}}});
    x = n.add(Op::hswish, {conv(n, x, {.out = divisible(kFeatures * width_multiplier)}, "head.features")});
    x = n.add(Op::dropout, {n.add(Op::flatten, {x})}, {{"rate", {0.1}}});
    n.add(Op::linear, {x}, {{"out", {static_cast<double>(classes)}}}, "classifier");
}

}  // namespace

Network super_network(const ImageTask& task, double width_multiplier)
{
    Network n;
    const auto side = static_cast<double>(task.side);
    std::size_t x = n.add(Op::input, {}, {{"shape", {3, side, side}}});
    const std::int64_t stem = divisible(kStem * width_multiplier);
    x = n.add(Op::hswish, {conv_bn(n, x, {.out = stem, .kernel = 3, .stride = 2}, "stem")});
    x = first_block(n, x);
    for (std::size_t stage = 0; stage < kStages; ++stage) {
        const std::int64_t out = divisible(static_cast<double>(kStageTable[stage].channels) * width_multiplier);
        std::vector<std::size_t> depths;
        for (std::size_t b = 0; b < kBlocksPerStage; ++b) {
            x = block(n, x, stage, b, out);
            if (b + 1 >= static_cast<std::size_t>(kDepths.front()))
                depths.push_back(x);
        }
        x = choice(n, depths, kDepth + stage);
    }
    head(n, x, width_multiplier, task.classes);
    return n;
}

}  // namespace espalier::once_for_all::mobilenet_v3
