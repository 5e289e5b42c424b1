// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>

#include "espalier/network.hpp"
#include "espalier/sdk/image_task.hpp"

namespace espalier::once_for_all {

/// The elastic MobileNetV3 of Cai et al., "Once-for-All" (ICLR 2020): five stages of up to four inverted bottlenecks.
/// Decisions: kernel size of each of the 20 blocks, expansion of each, depth of each stage.
namespace mobilenet_v3 {

inline constexpr std::size_t kStages = 5, kBlocksPerStage = 4, kBlocks = kStages * kBlocksPerStage;
inline constexpr std::size_t kKernel = 0, kExpansion = kBlocks, kDepth = 2 * kBlocks;  // first decision of each kind
inline constexpr std::array<int, 3> kKernels{3, 5, 7}, kExpansions{3, 4, 6}, kDepths{2, 3, 4};

/// All networks of the space in one. Kernel sizes are a `choice` of depthwise convolutions that share their weights
/// (the smaller use the centre), expansions a `channel_mask`, depths a `choice` among the outputs of the stage's
/// blocks.
///
/// Weights: "stem", "first.{depth,project}", "stage<s>.block<b>.{expand,depth,squeeze.reduce,squeeze.expand,project}",
/// "head.expand", "head.features", "classifier"; batch normalisations add ".bn". Stages and blocks count from 1.
/// @param width_multiplier of all channels; published weights and tables are for 1.0 and 1.2.
Network super_network(const ImageTask&, double width_multiplier);

}  // namespace mobilenet_v3
}  // namespace espalier::once_for_all
