// SPDX-License-Identifier: Apache-2.0
#include "channels.hpp"

#include <algorithm>
#include <cmath>

namespace espalier::once_for_all {

std::int64_t divisible(double channels)
{
    constexpr std::int64_t kDivisor = 8, kHalf = kDivisor / 2;
    const auto nearest = static_cast<std::int64_t>(channels + kHalf) / kDivisor * kDivisor;
    const std::int64_t least = std::max(kDivisor, nearest);
    return static_cast<double>(least) < 0.9 * channels ? least + kDivisor : least;
}

std::int64_t expanded(std::int64_t channels, double ratio)
{
    return divisible(std::nearbyint(static_cast<double>(channels) * ratio));
}

}  // namespace espalier::once_for_all
