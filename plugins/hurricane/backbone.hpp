// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "espalier/sdk/image_task.hpp"

#include "operators.hpp"

namespace espalier::hurricane {

inline constexpr std::size_t kStages = 4, kLayers = 20;
inline constexpr std::array<std::size_t, kStages> kStageEnds{4, 8, 16, kLayers};  // layers before each end

/// What stands around the layers, and how wide they are. The first layer of each stage has stride 2.
struct Backbone {
    std::string_view name;
    ImageTask task;  ///< unless options or data say another
    std::int64_t stem;
    int stem_stride;
    std::array<std::int64_t, kStages> stages;
    std::int64_t head;
    double dropout;
};

/// `spos`: that of the paper, after Guo et al., "Single Path One-Shot Neural Architecture Search with Uniform Sampling"
/// (ECCV 2020). `mini`: the same layers for images of 32 pixels, a quarter as wide.
inline constexpr std::array<Backbone, 2> kBackbones{{
    {"spos", {224, 1000}, 16, 2, {64, 160, 320, 640}, 1024, 0.1},
    {"mini", {32, 10}, 8, 1, {16, 40, 80, 160}, 256, 0},
}};

/// @throws nothing: `name` is one of kBackbones.
const Backbone& backbone(std::string_view name);

/// The stage of a layer, both from 0.
std::size_t stage_of(std::size_t layer);

/// Where the layers stand.
std::vector<Place> places(const Backbone&, std::int64_t side);

}  // namespace espalier::hurricane
