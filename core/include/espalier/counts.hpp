// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "espalier/network.hpp"

namespace espalier {

/// Multiply-adds of convolutions and linear layers for one example; biases, normalisation, activations and pooling are
/// not counted. The numbers are those of the layers as they stand: unresolved choices count every option.
ESPALIER_API double macs(const Layer&);
ESPALIER_API double macs(const Network&);
/// Trainable numbers: weights, biases, scale and shift of normalisations. In a Network shared weights count once, and
/// kernel transforms where layers of several kernel sizes share weights: in the super-network, not in one resolved.
ESPALIER_API double params(const Layer&);
ESPALIER_API double params(const Network&);
/// Numbers in the output of a layer for one example; of a network: of all layers that compute, without its inputs.
ESPALIER_API double activations(const Layer&);
ESPALIER_API double activations(const Network&);
/// What running one example moves at the least: all weights and all layers' outputs once, four bytes a number.
ESPALIER_API double bytes(const Network&);

}  // namespace espalier
