// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace espalier::regression {

/// How well one metric tells another. NaN where it is not defined: fewer than two pairs, or a constant.
struct Agreement {
    double spearman;  ///< Pearson's coefficient of the ranks, ties at their average rank
    double kendall;   ///< tau-b
    double pearson;
    double rmse;  ///< root mean square error of the target about its least-squares line on the score
};

/// Pairs of a score and the target that it should tell, with their ranks: made once, resampled often.
class PairedSample {
public:
    /// Both of the same size, all values finite.
    PairedSample(std::span<const double> score, std::span<const double> target);

    std::size_t size() const { return score_.size(); }
    /// O(n log n).
    Agreement agreement() const;
    /// Standard deviation over `resamples` bootstrap samples of n pairs drawn with replacement; each coefficient over
    /// the resamples where it is defined. NaN for a coefficient that the whole sample does not have.
    Agreement standard_error(int resamples, std::uint64_t seed) const;

private:
    Agreement agreement_of(std::span<const std::uint32_t> pairs) const;
    std::vector<double> score_, target_;
    std::vector<std::uint32_t> score_rank_, target_rank_;  // dense: equal values, equal ranks, from 0
};

/// The places of the best ceil(fraction n) values, and of all that equal the last of them; ascending.
std::vector<std::size_t> best_fraction(std::span<const double> values, double fraction, bool maximise);

}  // namespace espalier::regression
