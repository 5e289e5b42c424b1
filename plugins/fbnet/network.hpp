// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "espalier/network.hpp"
#include "espalier/sdk/image_task.hpp"

namespace espalier::fbnet {

/// What a layer may be: an inverted bottleneck, its depthwise kernel k and expansion e, with `_g2` the 1x1 convolutions
/// in two groups and their channels shuffled; or skipped.
inline constexpr std::array<std::string_view, 9> kCandidates{"k3_e1",    "k3_e1_g2", "k3_e3", "k3_e6", "k5_e1",
                                                             "k5_e1_g2", "k5_e3",    "k5_e6", "skip"};
inline constexpr std::size_t kLayers = 22;

enum class Variant : std::uint8_t { cifar, imagenet };

/// What goes into a network and comes out of it, and which strides and head it has.
struct Skeleton {
    Variant variant = Variant::cifar;
    ImageTask task;
};

/// All networks of HW-NAS-Bench's FBNet space (Li et al., ICLR 2021; after Wu et al., FBNet, CVPR 2019): decision l - 1
/// is the candidate of layer l. Each candidate has weights of its own, "layer<l>.<candidate>...".
Network super_network(const Skeleton&);

}  // namespace espalier::fbnet
