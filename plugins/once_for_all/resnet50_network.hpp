// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>

#include "espalier/network.hpp"
#include "espalier/sdk/image_task.hpp"

namespace espalier::once_for_all {

/// The elastic ResNet50D of the once-for-all code (Cai et al., ICLR 2020): four stages of bottlenecks whose depths,
/// middle channels and widths are open.
namespace resnet50 {

inline constexpr std::size_t kStages = 4, kBlocks = 18, kWidthGenes = kStages + 2;
/// First decision of each kind: 1 + 4 depths, 18 expansions, 6 widths.
inline constexpr std::size_t kDepth = 0, kExpansion = kDepth + kStages + 1, kWidth = kExpansion + kBlocks;
inline constexpr std::array<std::size_t, kStages> kBaseDepths{2, 2, 4, 2}, kFirstBlocks{0, 4, 8, 14};
inline constexpr std::size_t kExtraBlocks = 2;  // at the end of each stage, open
inline constexpr std::array<double, 3> kExpansions{0.2, 0.25, 0.35}, kWidths{0.65, 0.8, 1.0};

/// All networks of the space in one. The middle channels of a block depend on two decisions, its expansion and its
/// stage's width: a block is a `choice` by width of three bottlenecks that share their weights, each with a
/// `channel_mask` by expansion.
///
/// Weights: "stem.1", "stem.2" (the optional residual block), "stem.3", "stage<s>.block<b>.{1,2,3,shortcut}",
/// "classifier"; batch normalisations add ".bn". Stages and blocks count from 1.
/// @param task its side must be a multiple of 32: the shortcuts' pools halve even sides only.
Network super_network(const ImageTask& task);

}  // namespace resnet50
}  // namespace espalier::once_for_all
