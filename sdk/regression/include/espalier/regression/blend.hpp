// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "espalier/regression/table_view.hpp"

namespace espalier::regression {

/// How much each of several predictors counts, from what they said of examples that they had not learnt from; the
/// simplest comes first. It stands alone unless the best one's mean absolute error is lower by more than the standard
/// error of their difference (the rule of one standard error: Breiman, Friedman, Olshen, Stone, "Classification and
/// Regression Trees", 1984, section 3.4.3). Then all count, by exp(-10 (error / least error - 1)); what is below a
/// twentieth is left out.
///
/// @param held_out one predictor a row, one example a column. @return shares that add up to 1, one a predictor.
std::vector<double> blend(Rows held_out, std::span<const double> targets);

/// What cross-validation says of a blend.
struct CrossValidated {
    std::vector<double> shares;    ///< of all examples
    std::vector<double> held_out;  ///< each example as predicted without it: by predictors that did not learn from its
                                   ///< fold, blended by the errors in the other folds
};

/// `predict(predictor, fold, out)` lets one predictor learn from all examples but those of the fold, and writes what it
/// says of those. @param folds the examples of each, every one in one of them.
using FoldPrediction = std::function<void(std::size_t predictor, std::span<const std::size_t> fold, std::span<double>)>;
CrossValidated cross_validated(std::size_t predictors, std::span<const double> targets,
                               std::span<const std::vector<std::size_t>> folds, const FoldPrediction& predict);

}  // namespace espalier::regression
