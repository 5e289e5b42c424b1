// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vector>

#include "espalier/torch/network/weights.hpp"

namespace espalier::indicators {
using at::Tensor;

/// The weights of one convolution or linear layer and d(loss)/d(them).
struct WeightGradient {
    Tensor weight, gradient;
};

/// Of every weight name of the network's convolutions and linear layers once, in order. Zeros where the loss does not
/// depend on them. Biases and normalisations are left out.
std::vector<WeightGradient> weight_gradients(const Network&, const torch_sdk::Weights&, const Tensor& loss);

/// The cross-entropy on labelled examples, normalised by the batch's statistics.
Tensor training_loss(const Network&, const torch_sdk::Weights&, const Tensor& x, const Tensor& labels);

}  // namespace espalier::indicators
