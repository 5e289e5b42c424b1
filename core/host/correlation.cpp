// SPDX-License-Identifier: Apache-2.0
#include "host/correlation.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>

#include "espalier/rng.hpp"

namespace espalier::host {

namespace {

// What rounding leaves of a perfect line; it is no error of anything.
constexpr double kRounding = 1e-14;
constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

std::vector<std::uint32_t> dense_ranks(std::span<const double> values)
{
    std::vector<double> distinct(values.begin(), values.end());
    std::sort(distinct.begin(), distinct.end());
    distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
    std::vector<std::uint32_t> ranks(values.size());
    for (std::size_t i = 0; i < values.size(); ++i)
        ranks[i] = static_cast<std::uint32_t>(std::lower_bound(distinct.begin(), distinct.end(), values[i]) -
                                              distinct.begin());
    return ranks;
}

std::uint32_t highest(std::span<const std::uint32_t> ranks)
{
    return ranks.empty() ? 0 : *std::max_element(ranks.begin(), ranks.end());
}

/// Average ranks, from the dense ranks of the chosen pairs.
std::vector<double> average_ranks(std::span<const std::uint32_t> dense)
{
    std::vector<double> first(highest(dense) + 2, 0);  // counts, then how many are lower
    for (const std::uint32_t rank : dense)
        first[rank + 1] += 1;
    std::partial_sum(first.begin(), first.end(), first.begin());
    std::vector<double> averages(dense.size());
    for (std::size_t i = 0; i < dense.size(); ++i)
        averages[i] = (first[dense[i]] + first[dense[i] + 1] + 1) / 2;
    return averages;
}

struct Moments {
    double xx = 0, xy = 0, yy = 0;  // central, not divided by n
};

Moments moments(std::span<const double> x, std::span<const double> y)
{
    const double n = static_cast<double>(x.size());
    const double mean_x = std::accumulate(x.begin(), x.end(), 0.0) / n;
    const double mean_y = std::accumulate(y.begin(), y.end(), 0.0) / n;
    Moments m;
    for (std::size_t i = 0; i < x.size(); ++i) {
        const double dx = x[i] - mean_x, dy = y[i] - mean_y;
        m.xx += dx * dx, m.xy += dx * dy, m.yy += dy * dy;
    }
    return m;
}

double correlation(const Moments& m)
{
    if (!(m.xx > 0 && m.yy > 0))
        return kUndefined;
    const double r = m.xy / std::sqrt(m.xx * m.yy);
    return std::abs(r) > 1 - kRounding ? std::copysign(1, r) : r;
}

/// Stable counting sort of `order` by `rank[order[i]]`.
std::vector<std::uint32_t> sorted_by(std::span<const std::uint32_t> order, std::span<const std::uint32_t> rank)
{
    std::vector<std::uint32_t> next(highest(rank) + 2, 0);
    for (const std::uint32_t i : order)
        ++next[rank[i] + 1];
    std::partial_sum(next.begin(), next.end(), next.begin());
    std::vector<std::uint32_t> sorted(order.size());
    for (const std::uint32_t i : order)
        sorted[next[rank[i]]++] = i;
    return sorted;
}

/// Pairs i < j with values[i] > values[j], by merge sort; `values` ends sorted.
double inversions(std::span<std::uint32_t> values, std::span<std::uint32_t> buffer)
{
    if (values.size() < 2)
        return 0;
    const std::size_t middle = values.size() / 2;
    const auto left = values.first(middle), right = values.subspan(middle);
    double count = inversions(left, buffer) + inversions(right, buffer);
    std::size_t l = 0, r = 0, out = 0;
    while (l < left.size() && r < right.size()) {
        if (right[r] < left[l]) {
            count += static_cast<double>(left.size() - l);
            buffer[out++] = right[r++];
        } else {
            buffer[out++] = left[l++];
        }
    }
    std::copy(left.begin() + static_cast<std::ptrdiff_t>(l), left.end(),
              buffer.begin() + static_cast<std::ptrdiff_t>(out));
    std::copy_n(buffer.begin(), out + left.size() - l, values.begin());
    return count;
}

/// How many pairs of neighbours-in-sorted-order are tied: the sum of t (t - 1) / 2 over runs of equal elements.
template <class Equal>
double tied_pairs(std::size_t n, Equal equal)
{
    double pairs = 0, run = 1;
    for (std::size_t i = 1; i <= n; ++i) {
        if (i < n && equal(i - 1, i)) {
            run += 1;
            continue;
        }
        pairs += run * (run - 1) / 2;
        run = 1;
    }
    return pairs;
}

/// Kendall's tau-b after Knight, "A computer method for calculating Kendall's tau with ungrouped data" (JASA 1966).
double tau_b(std::span<const std::uint32_t> x, std::span<const std::uint32_t> y)
{
    const std::size_t n = x.size();
    std::vector<std::uint32_t> identity(n);
    std::iota(identity.begin(), identity.end(), 0U);
    const std::vector<std::uint32_t> by_y = sorted_by(identity, y);
    const std::vector<std::uint32_t> by_xy = sorted_by(by_y, x);

    const double all = static_cast<double>(n) * (static_cast<double>(n) - 1) / 2;
    const double tied_y = tied_pairs(n, [&](std::size_t a, std::size_t b) { return y[by_y[a]] == y[by_y[b]]; });
    const double tied_x = tied_pairs(n, [&](std::size_t a, std::size_t b) { return x[by_xy[a]] == x[by_xy[b]]; });
    const double tied_both = tied_pairs(
        n, [&](std::size_t a, std::size_t b) { return x[by_xy[a]] == x[by_xy[b]] && y[by_xy[a]] == y[by_xy[b]]; });
    std::vector<std::uint32_t> sequence(n), buffer(n);
    std::transform(by_xy.begin(), by_xy.end(), sequence.begin(), [&](std::uint32_t i) { return y[i]; });
    const double discordant = inversions(sequence, buffer);
    const double scale = std::sqrt(all - tied_x) * std::sqrt(all - tied_y);
    return scale > 0 ? std::clamp((all - tied_x - tied_y + tied_both - 2 * discordant) / scale, -1.0, 1.0) : kUndefined;
}

/// Standard deviation of the values that are defined.
class Spread {
public:
    void add(double value)
    {
        if (std::isnan(value))
            return;
        n_ += 1;
        const double delta = value - mean_;
        mean_ += delta / n_;
        squares_ += delta * (value - mean_);
    }
    double deviation() const { return n_ > 1 ? std::sqrt(squares_ / (n_ - 1)) : kUndefined; }

private:
    double n_ = 0, mean_ = 0, squares_ = 0;
};

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
    if (size() < 2)
        return {kUndefined, kUndefined, kUndefined, kUndefined};
    Rng rng(seed, "bootstrap");
    std::vector<std::uint32_t> drawn(size());
    Spread spearman, kendall, pearson, rmse;
    for (int i = 0; i < resamples; ++i) {
        for (std::uint32_t& pair : drawn)
            pair = static_cast<std::uint32_t>(rng.below(size()));
        const Agreement one = agreement_of(drawn);
        spearman.add(one.spearman), kendall.add(one.kendall), pearson.add(one.pearson), rmse.add(one.rmse);
    }
    return {spearman.deviation(), kendall.deviation(), pearson.deviation(), rmse.deviation()};
}

Agreement PairedSample::agreement_of(std::span<const std::uint32_t> pairs) const
{
    const std::size_t n = pairs.size();
    if (n < 2)
        return {kUndefined, kUndefined, kUndefined, kUndefined};
    std::vector<double> x(n), y(n);
    std::vector<std::uint32_t> x_rank(n), y_rank(n);
    for (std::size_t i = 0; i < n; ++i) {
        x[i] = score_[pairs[i]], y[i] = target_[pairs[i]];
        x_rank[i] = score_rank_[pairs[i]], y_rank[i] = target_rank_[pairs[i]];
    }
    const Moments values = moments(x, y);
    const Moments ranks = moments(average_ranks(x_rank), average_ranks(y_rank));
    // whether something is constant is asked of the ranks: they are exact
    if (!(ranks.xx > 0))
        return {kUndefined, kUndefined, kUndefined, kUndefined};
    if (!(ranks.yy > 0))
        return {kUndefined, kUndefined, kUndefined, 0};
    const double unexplained = values.yy - values.xy * values.xy / values.xx;
    return {correlation(ranks), tau_b(x_rank, y_rank), correlation(values),
            unexplained > kRounding * values.yy ? std::sqrt(unexplained / static_cast<double>(n)) : 0};
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

}  // namespace espalier::host
