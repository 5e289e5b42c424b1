// SPDX-License-Identifier: Apache-2.0
#include "layers.hpp"

#include <algorithm>
#include <utility>

namespace espalier::once_for_all {

std::int64_t Widths::widest() const
{
    return *std::max_element(options.begin(), options.end());
}

std::size_t conv(Network& n, std::size_t x, const Conv& shape, const std::string& weights)
{
    return n.add(Op::conv, {x},
                 {{"out", {static_cast<double>(shape.out)}},
                  {"kernel", {static_cast<double>(shape.kernel)}},
                  {"stride", {static_cast<double>(shape.stride)}}},
                 weights);
}

std::size_t bn(Network& n, std::size_t x, const std::string& weights)
{
    return n.add(Op::batch_norm, {x}, {}, weights + ".bn");
}

std::size_t conv_bn(Network& n, std::size_t x, const Conv& shape, const std::string& weights)
{
    return bn(n, conv(n, x, shape, weights), weights);
}

std::size_t conv_bn(Network& n, std::size_t x, Conv shape, const Widths& widths, const std::string& weights)
{
    shape.out = widths.widest();
    return bn(n, masked(n, conv(n, x, shape, weights), widths), weights);
}

std::size_t masked(Network& n, std::size_t x, const Widths& widths)
{
    return n.add(Op::channel_mask, {x},
                 {{"decision", {static_cast<double>(widths.decision)}},
                  {"widths", {widths.options.begin(), widths.options.end()}}});
}

std::size_t choice(Network& n, std::vector<std::size_t> options, std::size_t decision)
{
    return n.add(Op::choice, std::move(options), {{"decision", {static_cast<double>(decision)}}});
}

}  // namespace espalier::once_for_all
