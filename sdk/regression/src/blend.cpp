// SPDX-License-Identifier: Apache-2.0
#include "espalier/regression/blend.hpp"

#include <algorithm>
#include <cmath>

#include "espalier/regression/spread.hpp"

namespace espalier::regression {

namespace {

constexpr double kSharpness = 10, kLeastShare = 0.05;  // of the largest

/// Whether `other` is better than `simple` by more than the standard error of that.
bool clearly_better(std::span<const double> other, std::span<const double> simple, std::span<const double> targets)
{
    Spread gain;
    for (std::size_t i = 0; i < targets.size(); ++i)
        gain.add(std::abs(simple[i] - targets[i]) - std::abs(other[i] - targets[i]));
    return gain.mean() > gain.deviation() / std::sqrt(static_cast<double>(targets.size()));
}

}  // namespace

std::vector<double> blend(Rows held_out, std::span<const double> targets)
{
    std::vector<double> errors;
    for (std::size_t predictor = 0; predictor < held_out.rows(); ++predictor) {
        double sum = 0;
        for (std::size_t i = 0; i < targets.size(); ++i)
            sum += std::abs(held_out[predictor][i] - targets[i]);
        errors.push_back(sum);
    }
    const auto best = std::ranges::min_element(errors);
    std::vector<double> shares(errors.size(), 0);
    if (!clearly_better(held_out[static_cast<std::size_t>(best - errors.begin())], held_out[0], targets)) {
        shares[0] = 1;
        return shares;
    }
    double all = 0;
    for (std::size_t predictor = 0; predictor < errors.size(); ++predictor) {
        const double share = errors[predictor] == *best ? 1 : std::exp(-kSharpness * (errors[predictor] / *best - 1));
        all += shares[predictor] = share < kLeastShare ? 0 : share;
    }
    for (double& share : shares)
        share /= all;
    return shares;
}

CrossValidated cross_validated(std::size_t predictors, std::span<const double> targets,
                               std::span<const std::vector<std::size_t>> folds, const FoldPrediction& predict)
{
    const std::size_t n = targets.size();
    std::vector<double> all(predictors * n), out;
    for (const std::vector<std::size_t>& fold : folds)
        for (std::size_t predictor = 0; predictor < predictors; ++predictor) {
            out.resize(fold.size());
            predict(predictor, fold, out);
            for (std::size_t i = 0; i < fold.size(); ++i)
                all[predictor * n + fold[i]] = out[i];
        }
    CrossValidated found{blend({all, n}, targets), std::vector<double>(n, 0)};
    for (const std::vector<std::size_t>& fold : folds) {
        std::vector<bool> inside(n, false);
        for (const std::size_t i : fold)
            inside[i] = true;
        std::vector<double> others, values;
        for (std::size_t i = 0; i < predictors * n; ++i)
            if (!inside[i % n])
                others.push_back(all[i]);
        for (std::size_t i = 0; i < n; ++i)
            if (!inside[i])
                values.push_back(targets[i]);
        const std::vector<double> shares = blend({others, values.size()}, values);
        for (const std::size_t i : fold)
            for (std::size_t predictor = 0; predictor < predictors; ++predictor)
                found.held_out[i] += shares[predictor] * all[predictor * n + i];
    }
    return found;
}

}  // namespace espalier::regression
