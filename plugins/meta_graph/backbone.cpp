// SPDX-License-Identifier: Apache-2.0
#include "backbone.hpp"

#include <algorithm>
#include <cmath>

namespace espalier::meta_graph {
namespace {

/// @param halved stride of the second stage.
std::vector<Stage> wide_stages(int halved)
{
    return {{16, 1, 1}, {24, 2, halved}, {32, 3, 2}, {64, 4, 2}, {96, 3, 1}, {160, 3, 2}, {320, 1, 1}};
}

Backbone named(std::string_view name)
{
    if (name == "r9")
        return {32, 10, 8, 1, {{8, 1, 1}, {12, 2, 2}, {16, 2, 2}, {24, 2, 2}, {32, 2, 1}}, 64};
    if (name == "64")
        return {64, 200, 32, 1, wide_stages(2), 1280};
    if (name == "224")
        return {224, 1000, 32, 2, wide_stages(2), 1280};
    return {32, 10, 32, 1, wide_stages(1), 1280};
}

}  // namespace

Backbone backbone(std::string_view name, double width)
{
    Backbone b = named(name);
    const auto scale = [width](std::int64_t& channels) {
        channels = std::max<std::int64_t>(1, std::llround(width * static_cast<double>(channels)));
    };
    scale(b.stem);
    scale(b.head);
    for (Stage& stage : b.stages)
        scale(stage.channels);
    return b;
}

}  // namespace espalier::meta_graph
