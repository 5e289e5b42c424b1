// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <ATen/core/Tensor.h>

#include "espalier/torch/network/forward.hpp"

namespace espalier::indicators {
using at::Tensor;

/// NLR: into how many linear pieces a fresh, thin network cuts a set of samples (Chen, Gong and Wang, "Neural
/// Architecture Search on ImageNet in Four GPU Hours", ICLR 2021, section 3.1.2, on one sampled cell instead of a
/// supernet): the number of different patterns of active ReLUs. The ReLU that is averaged for the classifier is not
/// one of the cell's and does not count. 1 without any.
/// @param patches [samples, ...], run in batches of `batch`.
double linear_regions(const Network&, const torch_sdk::Weights&, const Tensor& patches, std::int64_t batch);

}  // namespace espalier::indicators
