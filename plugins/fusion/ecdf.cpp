// SPDX-License-Identifier: Apache-2.0
#include "ecdf.hpp"

#include <algorithm>
#include <cmath>

#include "espalier/error.hpp"

namespace espalier::fusion {

Ecdf::Ecdf(std::vector<double> sample) : n_{static_cast<double>(sample.size())}
{
    if (sample.empty())
        throw Error("a distribution function needs at least one value");
    std::sort(sample.begin(), sample.end());
    for (std::size_t first = 0; first < sample.size();) {
        std::size_t last = first;  // of the members equal to it
        while (last + 1 < sample.size() && sample[last + 1] == sample[first])
            ++last;
        members_.push_back({.value = sample[first],
                            .rank = (static_cast<double>(first + last) / 2 + 1) / n_,
                            .last_rank = static_cast<double>(last + 1) / n_});
        first = last + 1;
    }
    const double low = sample.front(), high = sample.back();
    const double range = high > low ? high - low : 1;
    const double below = sample[(sample.size() - 1) / 4] - low;
    const double above = high - sample[(sample.size() - 1) - (sample.size() - 1) / 4];
    spread_below_ = below > 0 ? below : range;
    spread_above_ = above > 0 ? above : range;
}

double Ecdf::rank(double value) const
{
    const auto above = std::upper_bound(members_.begin(), members_.end(), value,
                                        [](double v, const Member& member) { return v < member.value; });
    if (above == members_.begin())
        return kFloor;
    const Member& below = *std::prev(above);
    return std::max(kFloor, below.value == value ? below.rank : below.last_rank);
}

double Ecdf::strict_rank(double value) const
{
    const Member& first = members_.front();
    const Member& last = members_.back();
    if (value < first.value)
        return first.rank / (1 + (first.value - value) / spread_below_);
    if (value >= last.value)
        return last.rank + std::log1p((value - last.value) / spread_above_) / n_;
    const auto upper = std::upper_bound(members_.begin(), members_.end(), value,
                                        [](double v, const Member& member) { return v < member.value; });
    const Member& lower = *std::prev(upper);
    return lower.rank + (upper->rank - lower.rank) * (value - lower.value) / (upper->value - lower.value);
}

}  // namespace espalier::fusion
