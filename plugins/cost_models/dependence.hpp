// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <vector>

#include "espalier/network.hpp"

#include "decision_set.hpp"

namespace espalier::cost_models {

/// On which decisions each layer of a super-network depends, in the networks of single architectures resolved from it.
///
/// Two architectures that agree on a set from here agree on what it is about, whatever their other decisions are. The
/// sets may be larger than needed, never smaller. The argument, for a super-network of `choice` and `channel_mask`:
/// - presence: a layer is there if a layer that uses it is, and where that is a choice, if the choice takes it. Layers
///   that are on every way from the output to the inputs are always there.
/// - shape: options of a choice have equal shapes and masks cut the width axis only, so the other extents never change.
/// A
///   mask's decision sets the width of the convolution or linear layer that it makes narrower; a layer that works
///   channel by channel has the width of its inputs, a convolution its own.
/// - neighbours: inputs and users are as in the super-network, but for choices, which stand for what they take.
class Dependence {
public:
    /// @return nothing where the argument does not hold: layers that may be nothing (`zero`, `otherwise`), projecting
    /// adds, and masks that could become a `slice`.
    static std::optional<Dependence> of(const Network& super, std::size_t decisions);

    /// Whether the layer is there.
    const DecisionSet& presence(std::size_t layer) const { return presence_[layer]; }
    /// All that can be seen at the layer: whether it is there, its shape, its inputs with their shapes, its users.
    const DecisionSet& view(std::size_t layer) const { return view_[layer]; }

private:
    class Analysis;
    std::vector<DecisionSet> presence_, view_;
};

}  // namespace espalier::cost_models
