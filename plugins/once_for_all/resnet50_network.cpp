// SPDX-License-Identifier: Apache-2.0
#include "resnet50_network.hpp"

#include <string>
#include <vector>

#include "channels.hpp"
#include "layers.hpp"

namespace espalier::once_for_all::resnet50 {
namespace {

constexpr std::int64_t kStem = 64;
constexpr std::array<std::int64_t, kStages> kChannels{256, 512, 1024, 2048};

/// Of gene `gene` among the six widths.
Widths widths(std::size_t gene, std::int64_t channels)
{
    Widths all{kWidth + gene, {}};
    for (const double multiplier : kWidths)
        all.options.push_back(divisible(static_cast<double>(channels) * multiplier));
    return all;
}

std::size_t stem(Network& n, std::size_t x)
{
    const Widths out = widths(1, kStem);
    Widths middle{kWidth, {}};
    for (const std::int64_t channels : out.options) {
        const std::int64_t half = channels / 2;
        middle.options.push_back(divisible(static_cast<double>(half)));
    }
    x = n.add(Op::relu, {conv_bn(n, x, {.kernel = 3, .stride = 2}, middle, "stem.1")});
    const std::size_t residual = n.add(Op::relu, {conv_bn(n, x, {.kernel = 3}, middle, "stem.2")});
    x = choice(n, {x, n.add(Op::add, {residual, x})}, kDepth);
    x = n.add(Op::relu, {conv_bn(n, x, {.kernel = 3}, out, "stem.3")});
    return n.add(Op::max_pool, {x}, {{"kernel", {3}}, {"stride", {2}}});
}

struct Size {
    int stride;
    std::int64_t width, widest;  ///< of the stage: as chosen, and the largest
};

/// 1x1, 3x3 with the stride, 1x1, as for one width of the stage; without the last batch normalisation.
std::size_t bottleneck(Network& n, std::size_t x, std::size_t block, const Size& size, const std::string& name)
{
    Widths middle{kExpansion + block, {}};
    for (const double expansion : kExpansions)
        middle.options.push_back(expanded(size.width, expansion));
    x = n.add(Op::relu, {conv_bn(n, x, {}, middle, name + ".1")});
    x = n.add(Op::relu, {conv_bn(n, x, {.kernel = 3, .stride = size.stride}, middle, name + ".2")});
    return conv(n, x, {.out = size.widest}, name + ".3");
}

std::size_t shortcut(Network& n, std::size_t x, int stride, const Widths& out, const std::string& name)
{
    if (stride > 1)
        x = n.add(Op::avg_pool, {x}, {{"kernel", {static_cast<double>(stride)}}, {"stride", {double(stride)}}});
    return conv_bn(n, x, {}, out, name + ".shortcut");
}

/// Stage and block of the stage count from 0.
std::size_t residual_block(Network& n, std::size_t x, std::size_t stage, std::size_t block)
{
    const std::string name = "stage" + std::to_string(stage + 1) + ".block" + std::to_string(block + 1);
    const Widths out = widths(2 + stage, kChannels[stage]);
    const int stride = block == 0 && stage > 0 ? 2 : 1;
    std::vector<std::size_t> by_width;
    for (const std::int64_t width : out.options)
        by_width.push_back(bottleneck(n, x, kFirstBlocks[stage] + block, {stride, width, out.widest()}, name));
    const std::size_t y = bn(n, masked(n, choice(n, by_width, out.decision), out), name + ".3");
    return n.add(Op::relu, {n.add(Op::add, {y, block == 0 ? shortcut(n, x, stride, out, name) : x})});
}

}  // namespace

Network super_network(const ImageTask& task)
{
    Network n;
    const auto side = static_cast<double>(task.side);
    std::size_t x = stem(n, n.add(Op::input, {}, {{"shape", {3, side, side}}}));
    for (std::size_t stage = 0; stage < kStages; ++stage) {
        std::vector<std::size_t> depths;
        for (std::size_t b = 0; b < kBaseDepths[stage] + kExtraBlocks; ++b) {
            x = residual_block(n, x, stage, b);
            if (b + 1 >= kBaseDepths[stage])
                depths.push_back(x);
        }
        x = choice(n, depths, kDepth + 1 + stage);
    }
    n.add(Op::linear, {n.add(Op::global_average, {x})}, {{"out", {static_cast<double>(task.classes)}}}, "classifier");
    return n;
}

}  // namespace espalier::once_for_all::resnet50
