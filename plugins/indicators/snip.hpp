// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vector>

#include "weight_gradients.hpp"

namespace espalier::indicators {

/// The sum over weights of |w dL/dw| on one labelled batch (Lee, Ajanthan and Torr, "SNIP: Single-shot Network Pruning
/// Based on Connection Sensitivity", ICLR 2019; as a score of architectures Abdelfattah et al., ICLR 2021).
double snip(const std::vector<WeightGradient>&);

}  // namespace espalier::indicators
