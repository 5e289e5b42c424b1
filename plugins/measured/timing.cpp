// SPDX-License-Identifier: Apache-2.0
#include "timing.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

namespace espalier::measured {
namespace {

constexpr std::size_t kLarge = 1000;

// z with P(|N(0, 1)| < z) = confidence
double normal_quantile(double confidence)
{
    double low = 0, high = 10;
    for (int i = 0; i < 60; ++i) {
        const double middle = (low + high) / 2;
        (std::erf(middle / std::numbers::sqrt2) < confidence ? low : high) = middle;
    }
    return low;
}

double median(const std::vector<double>& sorted)
{
    const std::size_t half = sorted.size() / 2;
    return sorted.size() % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

Timing summary(const std::vector<double>& sorted, const Precision& precision)
{
    const std::optional<Interval> interval = median_interval(sorted.size(), precision.confidence);
    Timing timing{.median_ms = 1e3 * median(sorted), .repetitions = sorted.size()};
    timing.p90_ms = 1e3 * sorted[(sorted.size() * 9 + 9) / 10 - 1];
    timing.spread_ms = 1e3 * (sorted[sorted.size() * 3 / 4] - sorted[sorted.size() / 4]);
    const auto half_width_ms = [&] { return 1e3 * (sorted[interval->high] - sorted[interval->low]) / 2; };
    timing.settled = sorted.size() >= precision.minimum_repetitions && interval &&
                     half_width_ms() <= precision.relative_error * timing.median_ms;
    return timing;
}

}  // namespace

std::optional<Interval> median_interval(std::size_t n, double confidence)
{
    if (n >= kLarge) {
        const double half = static_cast<double>(n) / 2;
        const double reach = normal_quantile(confidence) * std::sqrt(static_cast<double>(n)) / 2;
        // ranks low and 1 + high, from 1
        return Interval{static_cast<std::size_t>(std::floor(half - reach)) - 1,
                        static_cast<std::size_t>(std::ceil(half + reach))};
    }
    // outside the ranks k + 1 and n - k it lies with twice the probability of at most k heads in n tosses of a coin
    double heads = std::ldexp(1.0, -static_cast<int>(n)), outside = 2 * heads;
    if (n == 0 || outside > 1 - confidence)
        return std::nullopt;
    std::size_t k = 0;
    while (true) {
        heads *= static_cast<double>(n - k) / static_cast<double>(k + 1);
        outside += 2 * heads;
        if (outside > 1 - confidence)
            return Interval{k, n - 1 - k};
        ++k;
    }
}

Timing repeated(const std::function<double()>& seconds, const Precision& precision,
                const std::function<bool()>& stopped)
{
    std::vector<double> times;
    double total = 0;
    std::size_t next_look = std::max<std::size_t>(precision.minimum_repetitions, 1);
    while (true) {
        times.push_back(seconds());
        total += times.back();
        const bool over = total >= precision.max_seconds || stopped();
        if (!over && times.size() < next_look)
            continue;
        next_look = times.size() + std::max<std::size_t>(times.size() / 10, 1);  // looking costs a sort
        std::vector<double> sorted = times;
        std::sort(sorted.begin(), sorted.end());
        const Timing timing = summary(sorted, precision);
        if (timing.settled || over)
            return timing;
    }
}

}  // namespace espalier::measured
