// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vector>

#include <ATen/core/Tensor.h>

namespace espalier::indicators {
using at::Tensor;

/// E and P of Lee and Ham, "AZ-NAS: Assembling Zero-Cost Proxies for Network Architecture Search" (CVPR 2024), as their
/// public code computes them: how evenly features fill their space, and how that grows from block to block. They need
/// noise as input; with images both rank worse.

/// -sum p log(p + 1e-8) over the eigenvalues of the covariance of the channels, divided by their sum. NaN where the
/// map does not vary. @param map [samples, channels, height, width].
double feature_entropy(const Tensor& map);

/// The entropies of the maps at the block ends, where the blocks begin first.
std::vector<double> feature_entropies(const std::vector<Tensor>& maps);

/// E: their sum. -infinity where one is not a number or there is none.
double expressivity(const std::vector<double>& entropies);
/// P: the smallest growth from one block end to the next.
double progressivity(const std::vector<double>& entropies);

}  // namespace espalier::indicators
