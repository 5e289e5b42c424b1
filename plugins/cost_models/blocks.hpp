// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "espalier/network.hpp"

namespace espalier::cost_models {

/// What tells a block from others, in the order in which tables are searched. Sides in pixels; flags 0 or 1.
enum Field : std::size_t {
    kInverted,  // 1: an inverted bottleneck, 0: a single layer
    kResolution,
    kInSide,
    kInChannels,
    kOutSide,
    kOutChannels,
    kStride,
    kIdentitySkip,
    kSqueezeExcite,
    kHSwish,
    kKernel,
    kExpandedChannels,
    kFields
};
using Signature = std::array<std::int64_t, kFields>;
std::string_view name(Field);

/// What a device runs as one: an inverted bottleneck (Sandler et al., MobileNetV2, 2018), from its 1x1 convolution
/// through the depthwise one, squeeze and excite if there, to the second 1x1 convolution and the sum with its input; or
/// a convolution, linear layer or pool by itself. Normalisation, activation and sums belong to the layer before them.
struct Block {
    Signature signature{};
    std::uint32_t layer = 0;           ///< where it is counted: the depthwise convolution, or the single layer
    std::string name;                  ///< for messages: its weights, or its operation
    std::vector<std::uint32_t> inner;  ///< other convolutions, linear layers and pools that are part of it
    /// The layers that were looked at to tell; that no other block has this one is not told here but by that block.
    std::vector<std::uint32_t> seen;
};

/// All blocks of a plain network. @throws Error for a layer that belongs to none.
std::vector<Block> blocks(const Network&);
/// Whether the operation makes a block, or belongs to one that has another layer's name.
bool makes_block(Op);

}  // namespace espalier::cost_models
