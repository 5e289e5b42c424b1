// SPDX-License-Identifier: Apache-2.0
#include "swap.hpp"

#include <algorithm>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include "batch_statistics.hpp"

namespace espalier::indicators {

void ActivityOfUnits::add(const Tensor& pre_activation)
{
    const Tensor active = pre_activation.gt(0).to(at::kCPU).contiguous().flatten(1);
    const std::int64_t samples = std::min<std::int64_t>(active.size(0), 64), units = active.size(1);
    const std::size_t first = units_.size();
    units_.resize(first + static_cast<std::size_t>(units));
    const char* bytes = static_cast<const char*>(active.const_data_ptr());
    for (std::int64_t i = 0; i < samples; ++i)
        for (std::int64_t u = 0; u < units; ++u)
            units_[first + static_cast<std::size_t>(u)] |= static_cast<std::uint64_t>(bytes[i * units + u]) << i;
}

std::size_t ActivityOfUnits::different() const
{
    std::vector<std::uint64_t> sorted = units_;
    std::sort(sorted.begin(), sorted.end());
    return static_cast<std::size_t>(std::unique(sorted.begin(), sorted.end()) - sorted.begin());
}

double swap_score(const Network& network, const torch_sdk::Weights& weights, const Tensor& x)
{
    const c10::AutoGradMode no_gradients(false);
    ActivityOfUnits units;
    torch_sdk::forward(network, weights, x,
                       batch_statistics([&](const Layer& layer, const Tensor& input, const Tensor&) {
                           if (layer.op() == Op::relu)
                               units.add(input);
                       }));
    return static_cast<double>(units.different());
}

}  // namespace espalier::indicators
