// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "espalier/error.hpp"
#include "espalier/resolve.hpp"

#include "network_builder.hpp"

namespace espalier {
namespace {

/// The input of the choice that stands for `option`.
std::uint32_t option_layer(const Network& network, std::size_t choice, std::size_t option)
{
    if (choice >= network.size())
        throw Error("there is no layer " + std::to_string(choice) + ", the network has " +
                    std::to_string(network.size()));
    const Layer layer = network[choice];
    if (layer.op() != Op::choice)
        throw Error(place(choice, layer.spec().name) + " is no choice, so it has no branches");
    const std::vector<std::uint16_t>& options = entry_of(layer.spec()).options;
    const auto found = std::find(options.begin(), options.end(), option);
    if (found == options.end())
        throw Error(place(choice, "choice") + " has no option " + std::to_string(option) + ", it has " +
                    std::to_string(options.size()) + " from " + std::to_string(options.front()) + " to " +
                    std::to_string(options.back()));
    return layer.inputs()[static_cast<std::size_t>(found - options.begin())];
}

/// Which layers up to `last` are there for the sake of `last` alone, and that for one user alone.
std::vector<bool> exclusive_layers(const Network& network, std::uint32_t last)
{
    std::vector<std::uint32_t> uses(network.size()), own_uses(network.size());
    for (const Layer layer : network)
        for (const std::uint32_t input : layer.inputs())
            ++uses[input];
    std::vector<bool> exclusive(network.size());
    own_uses[last] = 1;  // the choice
    for (std::uint32_t i = last + 1; i-- > 0;) {
        exclusive[i] = own_uses[i] > 0 && uses[i] == own_uses[i] && network[i].op() != Op::input;
        if (exclusive[i])
            for (const std::uint32_t input : network[i].inputs())
                ++own_uses[input];
    }
    return exclusive;
}

/// The layers that are `kept`, and stand-ins for what they read of others.
Branch cut_out(const Network& network, const std::vector<bool>& kept)
{
    NetworkBuilder builder{network};
    std::vector<std::size_t> origins;
    constexpr std::uint32_t kAbsent = ~0U;
    std::vector<std::uint32_t> placed(network.size(), kAbsent);
    for (std::uint32_t i = 0; i < network.size(); ++i)
        if (kept[i])
            for (const std::uint32_t input : network[i].inputs())
                if (!kept[input] && placed[input] == kAbsent) {
                    placed[input] = builder.constant(Op::input, network[input].shape());
                    origins.push_back(input);
                }
    for (std::uint32_t i = 0; i < network.size(); ++i) {
        if (!kept[i])
            continue;
        for (const std::uint32_t input : network[i].inputs())
            builder.input(placed[input]);
        placed[i] = builder.layer(network[i].spec(), network[i].shape());
        origins.push_back(i);
    }
    return {builder.take(), std::move(origins)};
}

}  // namespace

Branch branch(const Network& network, std::size_t choice, std::size_t option)
{
    const std::uint32_t last = option_layer(network, choice, option);
    const std::vector<bool> exclusive = exclusive_layers(network, last);
    if (exclusive[last] && network[last].op() != Op::zero)
        return cut_out(network, exclusive);
    const bool fed = exclusive[last] && !network[last].inputs().empty();
    const std::size_t stand_in = fed ? network[last].inputs()[0] : last;
    NetworkBuilder input{network};
    input.constant(Op::input, network[stand_in].shape());
    return {input.take(), {stand_in}};
}

Network cut(const Network& network, std::span<const std::size_t> layers)
{
    std::vector<bool> kept(network.size());
    for (const std::size_t layer : layers) {
        if (layer >= network.size())
            throw Error("there is no layer " + std::to_string(layer) + " to cut out, the network has " +
                        std::to_string(network.size()));
        kept[layer] = true;
    }
    if (layers.empty())
        throw Error("a network without layers cannot be cut out");
    return cut_out(network, kept).network;
}

}  // namespace espalier
