// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "espalier/torch/network/forward.hpp"

namespace espalier::indicators {
using at::Tensor;

/// S: log of the synaptic flow, log sum_w |w dz/dw| over the weights of convolutions and linear layers, where z is the
/// sum of the logits for an input of ones, all weights take their absolute values and there is no normalisation (Tanaka
/// et al., "Pruning neural networks without any data by iteratively conserving synaptic flow", NeurIPS 2020; as a score
/// of architectures Abdelfattah et al., ICLR 2021). -infinity where nothing flows.

/// Whether `synflow` is the flow of the paths: layers that are linear on positive numbers, without biases.
bool flows(const Network&, const torch_sdk::Weights&);

/// For networks that flow. With every weight multiplied by t, z is the sum over paths of their flow times t to the
/// number of weights, and the sum is dz/dt at t = 1. So one pass forward of z and dz/dt, rescaled wherever all
/// paths meet, does without gradients, and in the weights' own precision although z may be e^150.
double synflow(const Network&, const torch_sdk::Weights&);

/// For any network, by automatic differentiation; makes the weights absolute. @param weights in double, because nothing
/// is rescaled.
double synflow_by_gradients(const Network&, torch_sdk::Weights& weights);

}  // namespace espalier::indicators
