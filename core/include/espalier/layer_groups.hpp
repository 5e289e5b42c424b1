// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "espalier/network.hpp"

namespace espalier {

/// Layers that devices run as one: a layer with the normalisations and activations behind it that nobody else reads.
struct LayerGroup {
    std::vector<std::size_t> layers;  ///< ascending
    /// What is computed, without names of weights: equal keys, equal work. "16x32x32 > conv 16x32x32 kernel=3 > relu":
    /// the shapes that come in, then each layer with its own shape where that is another, and its attributes.
    std::string key;
};

/// All layers of a plain network but those that read no other, each in one group, in the order of the groups' first
/// layers.
ESPALIER_API std::vector<LayerGroup> layer_groups(const Network&);

}  // namespace espalier
