// SPDX-License-Identifier: Apache-2.0
#include "zico.hpp"

#include <cmath>

#include <ATen/ATen.h>

namespace espalier::indicators {

double zico(const std::vector<WeightGradient>& first, const std::vector<WeightGradient>& second)
{
    double score = 0;
    for (std::size_t i = 0; i < first.size(); ++i) {
        const Tensor& a = first[i].gradient;
        const Tensor& b = second[i].gradient;
        const Tensor deviation = (a - b).abs() / 2;
        const Tensor varies = deviation.gt(0);
        const Tensor ratio = ((a.abs() + b.abs()) / 2 / deviation).masked_fill(varies.logical_not(), 0);
        if (const double sum = ratio.sum(at::kDouble).item<double>(); sum > 0)
            score += std::log(sum);
    }
    return score;
}

}  // namespace espalier::indicators
