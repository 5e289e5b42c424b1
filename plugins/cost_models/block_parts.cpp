// SPDX-License-Identifier: Apache-2.0
#include "block_parts.hpp"

namespace espalier::cost_models {

std::vector<Part> block_parts(const Network& network, const std::function<double(const Block&)>& price)
{
    std::vector<Part> parts;
    for (const Block& block : blocks(network)) {
        parts.push_back({block.layer, price(block), block.seen});
        for (const std::uint32_t inner : block.inner)
            parts.push_back({inner, 0, block.seen});
    }
    return parts;
}

std::vector<std::size_t> by_block(const Network& super)
{
    std::vector<std::size_t> groups(super.size(), kNeverCounted);
    for (const Layer layer : super)
        if (makes_block(layer.op()))
            groups[layer.index()] = layer.index();
    return groups;
}

}  // namespace espalier::cost_models
