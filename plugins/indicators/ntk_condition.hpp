// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <ATen/core/Tensor.h>

#include "espalier/torch/network/forward.hpp"

namespace espalier::indicators {
using at::Tensor;

/// CNNTK: how evenly gradient descent would move the answers of a fresh network to different samples (Chen, Gong and
/// Wang, "Neural Architecture Search on ImageNet in Four GPU Hours", ICLR 2021, section 3.1.1).

/// The neural tangent kernel: entry (i, j) is the scalar product of d(sum of the logits of sample i) / dw and that of
/// sample j over all parameters called "weight" (convolutions, linear layers, scales of normalisations; no biases).
/// Batch statistics couple the samples, so sample i's gradient depends on all of `x`. In double, [samples, samples].
Tensor tangent_kernel(const Network&, const torch_sdk::Weights&, const Tensor& x);

/// S_CNNTK: smallest by largest eigenvalue, in [0, 1]; 0 where the smallest is not above 0.
double inverse_condition(const Tensor& kernel);

}  // namespace espalier::indicators
