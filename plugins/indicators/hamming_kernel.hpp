// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <ATen/core/Tensor.h>

#include "activation_patterns.hpp"

namespace espalier::indicators {

/// NASWOT: how different the ReLU patterns of different images are (Mellor et al., "Neural Architecture Search without
/// Training", ICML 2021, section 3).

/// K_ij: the number of ReLU units that are in the same state for samples i and j. In double, [samples, samples].
Tensor hamming_kernel(const ActivationPatterns&);

/// log |det K|. The determinant of whole numbers is a whole number, so a value below 0 is a singular kernel's rounding
/// error: it becomes 0, the least score that there is.
double log_determinant(const Tensor& kernel);

}  // namespace espalier::indicators
