// SPDX-License-Identifier: Apache-2.0
#include "expressivity.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <ATen/ATen.h>

#include "feature_maps.hpp"

namespace espalier::indicators {

double feature_entropy(const Tensor& map)
{
    const Tensor rows = by_channel(map.detach());
    const Tensor centred = rows - rows.mean(0, true);
    const Tensor covariance =
        at::mm(centred.t(), centred).to(at::kCPU, at::kDouble) / static_cast<double>(rows.size(0));
    if (!at::isfinite(covariance).all().item<bool>())
        return std::numeric_limits<double>::quiet_NaN();
    const Tensor e = at::linalg_eigvalsh(covariance);
    const Tensor p = e / e.sum();
    return -(p * (p + 1e-8).log()).sum().item<double>();
}

std::vector<double> feature_entropies(const std::vector<Tensor>& maps)
{
    std::vector<double> entropies;
    entropies.reserve(maps.size());
    for (const Tensor& map : maps)
        entropies.push_back(feature_entropy(map));
    return entropies;
}

double expressivity(const std::vector<double>& entropies)
{
    double sum = 0;
    for (const double entropy : entropies)
        sum += entropy;
    if (entropies.empty() || std::isnan(sum))
        return kLeast;
    return sum;
}

double progressivity(const std::vector<double>& entropies)
{
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t l = 1; l < entropies.size(); ++l) {
        const double growth = entropies[l] - entropies[l - 1];
        if (std::isnan(growth))
            return kLeast;
        least = std::min(least, growth);
    }
    if (!std::isfinite(least))
        return kLeast;
    return least;
}

}  // namespace espalier::indicators
