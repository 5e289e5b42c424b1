// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vector>

#include "weight_gradients.hpp"

namespace espalier::indicators {

/// How large and how steady gradients are from batch to batch (Li et al., "ZiCo: Zero-shot NAS via Inverse Coefficient
/// of Variation on Gradients", ICLR 2023, with two batches): sum over layers of the log of the sum over weights of
/// mean |g| / deviation of g, population deviation; weights that do not vary and layers without any other are left
/// out.
/// @param first,second the gradients of the same layers on two batches.
double zico(const std::vector<WeightGradient>& first, const std::vector<WeightGradient>& second);

}  // namespace espalier::indicators
