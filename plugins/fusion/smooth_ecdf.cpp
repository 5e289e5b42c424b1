// SPDX-License-Identifier: Apache-2.0
#include "smooth_ecdf.hpp"

#include <algorithm>
#include <cmath>

#include "espalier/error.hpp"

namespace espalier::fusion {

namespace {

double quantile(const std::vector<double>& sorted, double share)
{
    const double place = share * static_cast<double>(sorted.size() - 1);
    const auto below = static_cast<std::size_t>(place);
    if (below + 1 == sorted.size())
        return sorted.back();
    return sorted[below] + (place - static_cast<double>(below)) * (sorted[below + 1] - sorted[below]);
}

}  // namespace

SmoothEcdf::SmoothEcdf(std::vector<double> sample) : floor_{0.5 / static_cast<double>(sample.size() + 1)}
{
    const double places = static_cast<double>(sample.size() + 1);
    std::sort(sample.begin(), sample.end());
    const auto finite = std::find_if(sample.begin(), sample.end(), [](double v) { return std::isfinite(v); });
    const auto below_all = static_cast<std::size_t>(finite - sample.begin());
    sample.erase(sample.begin(), finite);
    if (sample.empty())
        throw Error("a distribution function needs at least one finite value");
    for (std::size_t first = 0; first < sample.size();) {
        std::size_t equal = 1;
        while (first + equal < sample.size() && sample[first + equal] == sample[first])
            ++equal;
        const double rank = static_cast<double>(below_all + first) + (static_cast<double>(equal) + 1) / 2;
        members_.push_back({sample[first], rank / places});
        first += equal;
    }
    width_below_ = std::max(quantile(sample, 0.1) - sample.front(), 1e-12);
    width_above_ = std::max(sample.back() - quantile(sample, 0.9), 1e-12);
}

double SmoothEcdf::above(double x) const
{
    const Member& last = members_.back();
    return (1 - last.rank) * std::exp(-std::max((x - last.value) / width_above_, 0.0));
}

double SmoothEcdf::operator()(double x) const
{
    const Member& first = members_.front();
    if (x >= members_.back().value)
        return 1 - above(x);
    if (!(x >= first.value))
        return std::max(floor_, first.rank * std::exp(-std::max((first.value - x) / width_below_, 0.0)));
    const auto upper = std::upper_bound(members_.begin(), members_.end(), x,
                                        [](double v, const Member& member) { return v < member.value; });
    const Member& lower = *std::prev(upper);
    return lower.rank + (upper->rank - lower.rank) * (x - lower.value) / (upper->value - lower.value);
}

double SmoothEcdf::log(double x) const
{
    return x >= members_.back().value ? std::log1p(-above(x)) : std::log((*this)(x));
}

}  // namespace espalier::fusion
