// SPDX-License-Identifier: Apache-2.0
#include "feature_maps.hpp"

#include <algorithm>

namespace espalier::indicators {

FeatureMaps::FeatureMaps(const std::vector<std::size_t>& layers)
{
    for (const std::size_t layer : layers)
        values_.emplace(layer, Tensor());
}

std::function<void(const Layer&, const Tensor&, const Tensor&)> FeatureMaps::watch()
{
    return [this](const Layer& layer, const Tensor&, const Tensor& output) {
        if (const auto kept = values_.find(layer.index()); kept != values_.end())
            kept->second = output;
    };
}

Tensor by_channel(const Tensor& x)
{
    return x.dim() == 4 ? x.permute({0, 2, 3, 1}).reshape({-1, x.size(1)}) : x.reshape({-1, x.size(-1)});
}

std::int64_t block_of(const std::vector<std::size_t>& ends, const Layer& layer)
{
    return std::lower_bound(ends.begin(), ends.end(), layer.index()) - ends.begin() - 1;
}

}  // namespace espalier::indicators
