// SPDX-License-Identifier: Apache-2.0
#include "espalier/regression/agreement.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>

#include "espalier/regression/metrics.hpp"
#include "espalier/regression/spread.hpp"
#include "espalier/rng.hpp"

namespace espalier::regression {

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr Agreement kNone{kNaN, kNaN, kNaN, kNaN};

bool constant(std::span<const std::uint32_t> ranks)
{
    return std::all_of(ranks.begin(), ranks.end(), [&](std::uint32_t rank) { return rank == ranks.front(); });
}

}  // namespace

PairedSample::PairedSample(std::span<const double> score, std::span<const double> target)
    : score_(score.begin(), score.end()),
      target_(target.begin(), target.end()),
      score_rank_(dense_ranks(score)),
      target_rank_(dense_ranks(target))
{
}

Agreement PairedSample::agreement() const
{
    std::vector<std::uint32_t> all(size());
    std::iota(all.begin(), all.end(), 0U);
    return agreement_of(all);
}

Agreement PairedSample::standard_error(int resamples, std::uint64_t seed) const
{
    const Agreement whole = agreement();
    const auto error = [](double coefficient, const Spread& spread) {
        return std::isnan(coefficient) ? kNaN : spread.deviation();
    };
    Rng rng(seed, "bootstrap");
    std::vector<std::uint32_t> drawn(size());
    Spread spearman, kendall, pearson, rmse;
    for (int i = 0; i < resamples; ++i) {
        for (std::uint32_t& pair : drawn)
            pair = static_cast<std::uint32_t>(rng.below(size()));
        const Agreement one = agreement_of(drawn);
        spearman.add(one.spearman), kendall.add(one.kendall), pearson.add(one.pearson), rmse.add(one.rmse);
    }
    return {error(whole.spearman, spearman), error(whole.kendall, kendall), error(whole.pearson, pearson),
            error(whole.rmse, rmse)};
}

Agreement PairedSample::agreement_of(std::span<const std::uint32_t> pairs) const
{
    const std::size_t n = pairs.size();
    if (n < 2)
        return kNone;
    std::vector<double> x(n), y(n);
    std::vector<std::uint32_t> x_rank(n), y_rank(n);
    for (std::size_t i = 0; i < n; ++i) {
        x[i] = score_[pairs[i]], y[i] = target_[pairs[i]];
        x_rank[i] = score_rank_[pairs[i]], y_rank[i] = target_rank_[pairs[i]];
    }
    // whether something is constant is asked of the ranks: they are exact
    if (constant(x_rank))
        return kNone;
    if (constant(y_rank))
        return {kNaN, kNaN, kNaN, 0};
    const double pearson = pearson_r(x, y);
    Spread about_mean;
    for (const double value : y)
        about_mean.add(value);
    const double of_n = 1 - 1 / static_cast<double>(n);  // an error is a mean over n, a deviation one over n - 1
    return {spearman_rho_of_ranks(x_rank, y_rank), kendall_tau_of_ranks(x_rank, y_rank), pearson,
            about_mean.deviation() * std::sqrt(of_n * (1 - pearson * pearson))};
}

std::vector<std::size_t> best_fraction(std::span<const double> values, double fraction, bool maximise)
{
    std::vector<std::size_t> best;
    if (values.empty())
        return best;
    std::vector<double> sorted(values.begin(), values.end());
    const auto count = static_cast<std::size_t>(std::ceil(fraction * static_cast<double>(values.size()) - 1e-9));
    const auto last =
        sorted.begin() + static_cast<std::ptrdiff_t>(std::clamp<std::size_t>(count, 1, values.size()) - 1);
    if (maximise)
        std::nth_element(sorted.begin(), last, sorted.end(), std::greater<>());
    else
        std::nth_element(sorted.begin(), last, sorted.end());
    for (std::size_t i = 0; i < values.size(); ++i)
        if (maximise ? values[i] >= *last : values[i] <= *last)
            best.push_back(i);
    return best;
}

}  // namespace espalier::regression
