// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "espalier/torch/network/forward.hpp"

namespace espalier::indicators {
using at::Tensor;

/// WRCor: how differently a network answers to different images, later blocks counting more (Jing et al., "Zero-shot
/// NAS via weighted response correlation", Neurocomputing 2025, as the authors' code computes it).
///
/// K = sum over ReLUs of 2^i (|R_a| + |R_g|), with i the block that the ReLU is in (Mark::block; the ones behind the
/// last block have the next number), R_a the correlations between samples of what enters it and R_g of the gradient of
/// the cross-entropy there, that which passes through this ReLU alone. The score is log |det K|. Behind the last block
/// R_a is that of the ReLU's output, which the authors' code overwrites its input with.
/// @return -infinity without ReLUs.
double response_correlation(const Network&, const torch_sdk::Weights&, const Tensor& x, const Tensor& labels);

}  // namespace espalier::indicators
