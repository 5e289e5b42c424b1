// SPDX-License-Identifier: Apache-2.0
#include "espalier/moo/crowding.hpp"

#include <limits>
#include <numeric>

namespace espalier::moo {

void crowding_distances(const Points& points, std::span<const std::uint32_t> front, std::span<double> distances)
{
    assert(front.size() == distances.size());
    std::ranges::fill(distances, 0);
    if (front.empty())
        return;
    Rows order(front.size());  // places in `front`
    std::iota(order.begin(), order.end(), 0U);
    const std::size_t last = front.size() - 1;
    for (std::size_t m = 0; m < points.columns(); ++m) {
        const auto value = [&](std::uint32_t place) { return points[front[place]][m]; };
        // In a sorted front of two objectives the one ascends and the other descends.
        if (m == 1)
            std::ranges::reverse(order);
        if (!std::ranges::is_sorted(order, {}, value))
            std::ranges::stable_sort(order, {}, value);
        distances[order[0]] = distances[order[last]] = std::numeric_limits<double>::infinity();
        const double range = value(order[last]) - value(order[0]);
        if (range <= 0)
            continue;
        const double scale = 1 / (range * static_cast<double>(points.columns()));
        for (std::size_t i = 1; i < last; ++i)
            distances[order[i]] += (value(order[i + 1]) - value(order[i - 1])) * scale;
    }
}

}  // namespace espalier::moo
