// SPDX-License-Identifier: Apache-2.0
#include "layer_parts.hpp"

namespace espalier::cost_models {

std::vector<Part> layer_parts(const Network& network, const std::function<double(const Layer&)>& price)
{
    std::vector<Part> parts;
    for (const Layer layer : network)
        if (const double here = price(layer); here != 0)
            parts.push_back(
                {static_cast<std::uint32_t>(layer.index()), here, {static_cast<std::uint32_t>(layer.index())}});
    return parts;
}

std::vector<std::size_t> by_layer(const Network& super)
{
    std::vector<std::size_t> groups(super.size(), kNeverCounted);
    for (const Layer layer : super)
        if (layer.op() == Op::conv || layer.op() == Op::linear || layer.op() == Op::custom)
            groups[layer.index()] = layer.index();
    return groups;
}

}  // namespace espalier::cost_models
