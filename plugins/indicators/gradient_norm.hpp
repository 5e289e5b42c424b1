// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vector>

#include "weight_gradients.hpp"

namespace espalier::indicators {

/// The sum over layers of the Euclidean norm of the loss's gradient on one labelled batch (Abdelfattah et al.,
/// "Zero-Cost Proxies for Lightweight NAS", ICLR 2021, 3.2).
double gradient_norm(const std::vector<WeightGradient>&);

}  // namespace espalier::indicators
