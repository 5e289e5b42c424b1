// SPDX-License-Identifier: Apache-2.0
#include "host/price/network_parts.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "espalier/marks.hpp"
#include "espalier/resolve.hpp"

namespace espalier::host {
namespace {

/// The layers that `last` needs and no earlier part has; they are `taken` now.
std::vector<std::size_t> untaken(const Network& network, std::size_t last, std::vector<bool>& taken)
{
    std::vector<bool> needed(network.size());
    needed[last] = true;
    std::vector<std::size_t> layers;
    for (std::size_t i = last + 1; i-- > 0;) {
        if (!needed[i] || taken[i])
            continue;
        taken[i] = true;
        if (network[i].op() != Op::input)
            layers.push_back(i);
        for (const std::uint32_t input : network[i].inputs())
            needed[input] = true;
    }
    return layers;
}

NetworkPart part(std::string name, const Network& network, const std::vector<std::size_t>& layers)
{
    const bool computes = std::ranges::any_of(layers, [&](std::size_t i) { return !network[i].inputs().empty(); });
    return {std::move(name), computes ? cut(network, layers) : Network{}};
}

}  // namespace

std::vector<NetworkPart> block_parts(const Network& network)
{
    const std::vector<std::size_t> ends = marked(network, Mark::block);
    if (ends.empty())
        return {};
    std::vector<bool> taken(network.size());
    std::vector<NetworkPart> parts;
    for (std::size_t i = 0; i < ends.size(); ++i)
        parts.push_back(part(i == 0 ? "stem" : fmt::format("block {}", i), network, untaken(network, ends[i], taken)));
    parts.push_back(part("head", network, untaken(network, network.size() - 1, taken)));
    return parts;
}

std::vector<NetworkPart> layer_parts(const Network& network)
{
    std::vector<NetworkPart> parts;
    for (const Layer layer : network) {
        if (layer.inputs().empty())
            continue;
        const std::string weights = layer.spec().weights.empty() ? "" : fmt::format(" [{}]", layer.spec().weights);
        parts.push_back(
            part(fmt::format("{} {} {}{}", layer.index(), layer.spec().name, to_string(layer.shape()), weights),
                 network, {layer.index()}));
    }
    return parts;
}

}  // namespace espalier::host
