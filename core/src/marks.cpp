// SPDX-License-Identifier: Apache-2.0
#include "espalier/marks.hpp"

#include "espalier/error.hpp"

#include "network_builder.hpp"

namespace espalier {

void mark(Network& network, Mark kind, std::size_t layer)
{
    if (layer >= network.size())
        throw Error("there is no layer " + std::to_string(layer) + " to mark, the network has " +
                    std::to_string(network.size()));
    NetworkBuilder::own_pool(network).marks.push_back({kind, layer});
}

std::vector<Marked> marks(const Network& network)
{
    const auto all = NetworkBuilder::marks(network);
    return {all.begin(), all.end()};
}

std::vector<std::size_t> marked(const Network& network, Mark kind)
{
    std::vector<std::size_t> layers;
    for (const auto& [of, layer] : NetworkBuilder::marks(network))
        if (of == kind)
            layers.push_back(layer);
    return layers;
}

}  // namespace espalier
