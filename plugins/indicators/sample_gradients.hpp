// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>

#include <ATen/core/Tensor.h>

#include "espalier/torch/network/forward.hpp"

namespace espalier::indicators {
using at::Tensor;

/// d(sum of the logits of sample i) / dw for every sample i and all parameters called "weight", [samples, numbers].
/// Normalisations use the batch's statistics, so each row depends on the whole of `x`.

/// By automatic differentiation, one backward pass a sample: for any network.
Tensor sample_gradients_one_by_one(const Network&, const torch_sdk::Weights&, const Tensor& x);

/// The same numbers from one forward pass and a backward pass that carries the gradients of several samples through
/// each layer at once: what differs between samples is only where the gradient starts, so activations, unfolded inputs
/// and kernels are shared, and small matrices become one large one. Nothing where the network has a layer that is not
/// a plain convolution, batch normalisation, ReLU, average pool, global average, linear layer or sum.
std::optional<Tensor> sample_gradients_at_once(const Network&, const torch_sdk::Weights&, const Tensor& x);

}  // namespace espalier::indicators
