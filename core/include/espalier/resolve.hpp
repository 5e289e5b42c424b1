// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <span>

#include "espalier/architecture.hpp"
#include "espalier/network.hpp"

namespace espalier {

/// `super` with every decision that has one option left in `region` carried out: choices keep the chosen input, masks
/// become narrower layers, nothing spreads through layers and is skipped by `add`, and what nobody uses is gone. Where
/// the output would be nothing, the network ends in an explicit `zeros` layer of its shape. At most 15 us for 300
/// layers.
ESPALIER_API Network resolved(const Network& super, const Region& region);

/// One option of a choice as a network of its own.
struct Branch {
    Network network;
    /// Per layer of `network`, the layer of the whole network that it is; of an `input`, the one whose output it stands
    /// for.
    std::vector<std::size_t> origins;
};

/// The layers that exist only for `option` of the choice at index `choice`, their inputs replaced by `input` layers of
/// their shapes. An option that computes nothing gives a network that is just its input.
/// @throws Error if the layer is no choice or has no such option.
ESPALIER_API Branch branch(const Network&, std::size_t choice, std::size_t option);

/// Some layers as a network of their own, in their order, so that the last of them is its output; what they read of
/// others is replaced by `input` layers of that shape, one for each. No marks.
/// @throws Error if there are none, or no such layer.
ESPALIER_API Network cut(const Network&, std::span<const std::size_t> layers);

}  // namespace espalier
