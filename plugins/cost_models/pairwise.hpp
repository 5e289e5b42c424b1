// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <span>
#include <vector>

#include "espalier/architecture.hpp"

namespace espalier::cost_models {

/// Ridge regression on which options an architecture has and which pairs of them (one-hot, with intercept).
class PairwiseRidge {
public:
    /// @param penalty added to each feature's count; the intercept is not penalised.
    /// @throws Error if there are more than 3,000 features or fewer values than options.
    PairwiseRidge(std::span<const Decision>, std::span<const Architecture>, std::span<const double> values,
                  double penalty = 1);
    /// Kept between the smallest and the largest value seen.
    double operator()(const Architecture&) const;
    static std::size_t features(std::span<const Decision>);

private:
    std::vector<std::size_t> present(const Architecture&) const;
    std::vector<std::size_t> first_;    // feature of option 0, by decision
    std::vector<std::size_t> pairs_;    // feature of options (0, 0), by pair of decisions
    std::vector<std::size_t> options_;  // how many, by decision
    std::vector<double> weights_;
    double mean_ = 0, lowest_ = 0, highest_ = 0;
};

}  // namespace espalier::cost_models
