// SPDX-License-Identifier: Apache-2.0
#include "snip.hpp"

#include <ATen/ATen.h>

namespace espalier::indicators {

double snip(const std::vector<WeightGradient>& gradients)
{
    double sum = 0;
    for (const WeightGradient& one : gradients)
        sum += (one.weight.detach() * one.gradient).abs().sum().item<double>();
    return sum;
}

}  // namespace espalier::indicators
