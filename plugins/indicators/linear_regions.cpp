// SPDX-License-Identifier: Apache-2.0
#include "linear_regions.hpp"

#include <algorithm>
#include <vector>

#include <c10/core/GradMode.h>

#include "activation_patterns.hpp"
#include "batch_statistics.hpp"

namespace espalier::indicators {

namespace {

/// Per layer: whether it is a ReLU whose output is averaged, the classifier's.
std::vector<bool> averaged_relus(const Network& network)
{
    std::vector<bool> averaged(network.size());
    for (const Layer layer : network)
        if (layer.op() == Op::global_average)
            for (const std::uint32_t input : layer.inputs())
                averaged[input] = network[input].op() == Op::relu;
    return averaged;
}

}  // namespace

double linear_regions(const Network& network, const torch_sdk::Weights& weights, const Tensor& patches,
                      std::int64_t batch)
{
    const c10::AutoGradMode no_gradients(false);
    const std::vector<bool> averaged = averaged_relus(network);
    std::vector<ActivationPatterns> patterns;
    for (std::int64_t first = 0; first < patches.size(0); first += batch) {
        const Tensor x = patches.narrow(0, first, std::min(batch, patches.size(0) - first));
        ActivationPatterns& seen = patterns.emplace_back(x.size(0));
        torch_sdk::forward(network, weights, x,
                           batch_statistics([&](const Layer& layer, const Tensor& input, const Tensor&) {
                               if (layer.op() == Op::relu && !averaged[layer.index()])
                                   seen.add(input);
                           }));
    }
    return static_cast<double>(ActivationPatterns::distinct(patterns));
}

}  // namespace espalier::indicators
