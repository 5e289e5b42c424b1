// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace espalier::meta_graph {

/// Layers of equal width; the stride is that of the first of them.
struct Stage {
    std::int64_t channels;
    int layers, stride;
};

/// What stands around the layers, and how wide they are.
struct Backbone {
    std::int64_t side;    ///< of an image, unless options or data say another
    std::size_t classes;  ///< the same
    std::int64_t stem;    ///< channels
    int stem_stride;
    std::vector<Stage> stages;
    std::int64_t head;  ///< channels
};

/// `cifar32`, `64` and `224`: 17 layers as wide as MobileNetV2's, for images of that side (InstaNAS; Cheng et al., AAAI
/// 2020). `r9`: nine narrow layers for images of 32 pixels, to try things out.
/// @param width times all channels, rounded, at least 1.
/// @throws nothing: `name` is one of those.
Backbone backbone(std::string_view name, double width);

}  // namespace espalier::meta_graph
