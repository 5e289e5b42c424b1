// SPDX-License-Identifier: Apache-2.0
#include "backbone.hpp"

#include <algorithm>

namespace espalier::hurricane {
namespace {

/// Behind a padded convolution with an odd kernel.
std::int64_t side_behind(std::int64_t side, int stride)
{
    return (side - 1) / stride + 1;
}

}  // namespace

const Backbone& backbone(std::string_view name)
{
    return *std::find_if(kBackbones.begin(), kBackbones.end(), [name](const Backbone& b) { return b.name == name; });
}

std::size_t stage_of(std::size_t layer)
{
    return static_cast<std::size_t>(std::upper_bound(kStageEnds.begin(), kStageEnds.end(), layer) - kStageEnds.begin());
}

std::vector<Place> places(const Backbone& b, std::int64_t side)
{
    std::vector<Place> places;
    std::int64_t channels = b.stem;
    side = side_behind(side, b.stem_stride);
    for (std::size_t layer = 0; layer < kLayers; ++layer) {
        const std::int64_t out = b.stages[stage_of(layer)];
        const int stride = layer == 0 || stage_of(layer) != stage_of(layer - 1) ? 2 : 1;
        places.push_back({channels, out, side, stride});
        channels = out;
        side = side_behind(side, stride);
    }
    return places;
}

}  // namespace espalier::hurricane
