// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <span>

#include "espalier/regression/regressor.hpp"

namespace espalier::regression {

/// Ridge whose penalty is learnt by evidence maximisation (MacKay, "Bayesian interpolation", Neural Computation 1992),
/// with the updates, priors (all 1e-6), start and stopping rule of scikit-learn's `BayesianRidge`: at most 300 sweeps,
/// until the weights move by less than 1e-3 in all. Sets the precisions and the sweeps in the report.
Model bayesian_ridge(Rows rows, std::span<const double> targets, FitReport& report);

}  // namespace espalier::regression
