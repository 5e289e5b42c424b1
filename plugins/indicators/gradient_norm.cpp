// SPDX-License-Identifier: Apache-2.0
#include "gradient_norm.hpp"

#include <ATen/ATen.h>

namespace espalier::indicators {

double gradient_norm(const std::vector<WeightGradient>& gradients)
{
    double sum = 0;
    for (const WeightGradient& one : gradients)
        sum += one.gradient.norm().item<double>();
    return sum;
}

}  // namespace espalier::indicators
