// SPDX-License-Identifier: Apache-2.0
#include "espalier/regression/conformal.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "espalier/error.hpp"

namespace espalier::regression {

namespace {

/// From 1; 1e-9: 0.95 x 20 is 19, not a bit more.
std::size_t rank(std::size_t n, double probability)
{
    return std::max<std::size_t>(1,
                                 static_cast<std::size_t>(std::ceil(static_cast<double>(n + 1) * probability - 1e-9)));
}

}  // namespace

std::size_t fewest_for(double probability)
{
    return std::max<std::size_t>(1, static_cast<std::size_t>(std::ceil(probability / (1 - probability) - 1e-9)));
}

double conformal_upper(std::span<const double> values, double probability)
{
    const std::size_t place = rank(values.size(), probability);
    if (place > values.size())
        throw Error("a quantile of " + std::to_string(probability) + " needs at least " +
                    std::to_string(fewest_for(probability)) + " values; there are " + std::to_string(values.size()));
    std::vector<double> sorted(values.begin(), values.end());
    const auto found = sorted.begin() + static_cast<std::ptrdiff_t>(place - 1);
    std::nth_element(sorted.begin(), found, sorted.end());
    return *found;
}

double conformal_lower(std::span<const double> values, double probability)
{
    std::vector<double> negative(values.begin(), values.end());
    for (double& value : negative)
        value = -value;
    return -conformal_upper(negative, probability);
}

}  // namespace espalier::regression
