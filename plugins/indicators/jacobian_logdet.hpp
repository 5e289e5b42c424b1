// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <ATen/core/Tensor.h>

namespace espalier::indicators {
using at::Tensor;

/// J: how alike a fresh network answers to small changes of different images (`jacob_cov` of Mellor et al., "Neural
/// Architecture Search without Training", first public version; the formula of `cj_logdet`, on different images and the
/// network that is searched instead of cut-outs of one image and a small network).
///
/// -sum_i (log(v_i + k) + 1 / (v_i + k)) over the eigenvalues v of the correlations between the rows of the input
/// Jacobian, k = 1e-5: at most minus the number of samples, where they are uncorrelated. -infinity where the
/// network ignores one of the samples.
/// @param jacobian d(sum of all logits) / dx, [samples, numbers of one sample].
double jacobian_logdet(const Tensor& jacobian);

}  // namespace espalier::indicators
