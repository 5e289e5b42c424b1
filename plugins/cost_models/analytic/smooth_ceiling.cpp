// SPDX-License-Identifier: Apache-2.0
#include "smooth_ceiling.hpp"

#include <algorithm>
#include <cmath>

namespace espalier::cost_models {

Slope smooth_ceiling(double x)
{
    constexpr double kRate = 20, kOffset = 0.2, kExponent = -2;
    // a step is 0 or 1 in double precision beyond this distance
    constexpr double kReach = 2;
    const double first = std::max(0.0, std::ceil(x - kReach));
    Slope sum{first, 0};  // steps that are over
    for (double i = first; i <= x + kReach; ++i) {
        const double tail = std::exp(-kRate * (x - i)) / kOffset;
        sum.value += std::pow(1 + tail, kExponent);
        sum.derivative -= kExponent * kRate * tail * std::pow(1 + tail, kExponent - 1);
    }
    return sum;
}

Slope hard_ceiling(double x)
{
    return {std::ceil(x), 0};
}

}  // namespace espalier::cost_models
