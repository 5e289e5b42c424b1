// SPDX-License-Identifier: Apache-2.0
#include "espalier/regression/metrics.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <numeric>

namespace espalier::regression {

namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();
// What rounding leaves of a perfect line.
constexpr double kRounding = 1e-14;

std::uint32_t highest(std::span<const std::uint32_t> ranks)
{
    return ranks.empty() ? 0 : *std::max_element(ranks.begin(), ranks.end());
}

/// Average ranks, from dense ranks of which some may be missing.
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

bool constant(std::span<const double> values)
{
    return std::all_of(values.begin(), values.end(), [&](double value) { return value == values.front(); });
}

}  // namespace

double mape(std::span<const double> truth, std::span<const double> predicted)
{
    assert(truth.size() == predicted.size());
    double sum = 0;
    for (std::size_t i = 0; i < truth.size(); ++i)
        sum += std::abs(truth[i] - predicted[i]) / std::max(std::abs(truth[i]), std::numeric_limits<double>::epsilon());
    return 100 * sum / static_cast<double>(truth.size());
}

double rmse(std::span<const double> truth, std::span<const double> predicted)
{
    assert(truth.size() == predicted.size());
    double sum = 0;
    for (std::size_t i = 0; i < truth.size(); ++i)
        sum += (truth[i] - predicted[i]) * (truth[i] - predicted[i]);
    return std::sqrt(sum / static_cast<double>(truth.size()));
}

double pearson_r(std::span<const double> a, std::span<const double> b)
{
    assert(a.size() == b.size());
    if (a.size() < 2 || constant(a) || constant(b))
        return kUndefined;
    const double n = static_cast<double>(a.size());
    const double mean_a = std::accumulate(a.begin(), a.end(), 0.0) / n;
    const double mean_b = std::accumulate(b.begin(), b.end(), 0.0) / n;
    double aa = 0, ab = 0, bb = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        const double da = a[i] - mean_a, db = b[i] - mean_b;
        aa += da * da, ab += da * db, bb += db * db;
    }
    const double r = ab / std::sqrt(aa * bb);
    return std::abs(r) > 1 - kRounding ? std::copysign(1, r) : r;
}

double kendall_tau(std::span<const double> a, std::span<const double> b)
{
    return kendall_tau_of_ranks(dense_ranks(a), dense_ranks(b));
}

double spearman_rho(std::span<const double> a, std::span<const double> b)
{
    return spearman_rho_of_ranks(dense_ranks(a), dense_ranks(b));
}

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

// Knight, "A computer method for calculating Kendall's tau with ungrouped data" (JASA 1966).
double kendall_tau_of_ranks(std::span<const std::uint32_t> a, std::span<const std::uint32_t> b)
{
    assert(a.size() == b.size());
    const std::size_t n = a.size();
    if (n < 2)
        return kUndefined;
    std::vector<std::uint32_t> identity(n);
    std::iota(identity.begin(), identity.end(), 0U);
    const std::vector<std::uint32_t> by_b = sorted_by(identity, b);
    const std::vector<std::uint32_t> by_ab = sorted_by(by_b, a);

    const double all = static_cast<double>(n) * (static_cast<double>(n) - 1) / 2;
    const double tied_b = tied_pairs(n, [&](std::size_t i, std::size_t j) { return b[by_b[i]] == b[by_b[j]]; });
    const double tied_a = tied_pairs(n, [&](std::size_t i, std::size_t j) { return a[by_ab[i]] == a[by_ab[j]]; });
    const double tied_both = tied_pairs(
        n, [&](std::size_t i, std::size_t j) { return a[by_ab[i]] == a[by_ab[j]] && b[by_ab[i]] == b[by_ab[j]]; });
    std::vector<std::uint32_t> sequence(n), buffer(n);
    std::transform(by_ab.begin(), by_ab.end(), sequence.begin(), [&](std::uint32_t i) { return b[i]; });
    const double discordant = inversions(sequence, buffer);
    const double scale = std::sqrt((all - tied_a) * (all - tied_b));
    return scale > 0 ? std::clamp((all - tied_a - tied_b + tied_both - 2 * discordant) / scale, -1.0, 1.0) : kUndefined;
}

double spearman_rho_of_ranks(std::span<const std::uint32_t> a, std::span<const std::uint32_t> b)
{
    return pearson_r(average_ranks(a), average_ranks(b));
}

}  // namespace espalier::regression
