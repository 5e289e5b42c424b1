// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "espalier/torch/network/forward.hpp"

#include "../normalising/normalising.hpp"

namespace espalier::torch_sdk {

/// Normalises `x`, [batch, channels, ...], in training mode by its own statistics, moving those of the options; in
/// evaluation mode by those of the options or the weights' own. Then keeps it within the bounds.
/// @param own scale and shift, cut to the layer's width; undefined where there are none.
/// @throws Error if statistics would move and a channel has a single number, whose variance nobody knows.
Tensor batch_norm(const Layer&, const Tensor& x, const LayerWeights& own, const Weights&, const ForwardOptions&,
                  const normalising::Bounds& = {});

}  // namespace espalier::torch_sdk
