// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <ATen/core/Tensor.h>

#include "espalier/torch/network/forward.hpp"

namespace espalier::indicators {
using at::Tensor;

/// CJ: how alike a fresh network answers to small changes of different inputs (Mellor et al., "Neural Architecture
/// Search without Training": the count is that of its first submission, as Tran and Bae use it; the log-determinant
/// that of its first public version).

/// d(sum of all logits) / dx, row by row: [samples, numbers of one sample]. Batch statistics are part of it.
Tensor input_jacobian(const Network&, const torch_sdk::Weights&, const Tensor& x);

/// Correlation coefficients between the rows of `jacobian`, in double, [samples, samples]. Where a row does not vary
/// (norm below 1e-12 after centring: the network ignores its input) all rows count as alike: ones everywhere, which
/// gives both scores below their least value.
Tensor correlation(const Tensor& jacobian);

/// S_CJ: entries, both triangles, with 0 < r < beta.
double correlations_below(const Tensor& correlation, double beta);

/// -sum_i (log(v_i + k) + 1 / (v_i + k)) over the eigenvalues v, those below 0 by rounding taken as 0; k = 1e-5.
double log_determinant_score(const Tensor& correlation);

}  // namespace espalier::indicators
