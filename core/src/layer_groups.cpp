// SPDX-License-Identifier: Apache-2.0
#include "espalier/layer_groups.hpp"

#include <fmt/format.h>

namespace espalier {
namespace {

bool belongs_to_the_one_before(const Layer& layer)
{
    return layer.op() == Op::batch_norm || layer.op() == Op::layer_norm || activation(layer.op());
}

std::string described(const Layer& layer, const Shape& before)
{
    std::string text = layer.spec().name;
    if (layer.shape() != before)
        text += " " + to_string(layer.shape());
    for (const auto& [name, values] : layer.spec().attributes)
        if (name != "out" && name != "shape")  // told by the shape
            text += fmt::format(" {}={}", name, fmt::join(values, "x"));
    return text;
}

std::string key(const Network& network, const std::vector<std::size_t>& layers)
{
    std::string text;
    for (const std::uint32_t input : network[layers.front()].inputs())
        text += (text.empty() ? "" : " + ") + to_string(network[input].shape());
    Shape before;
    for (const std::size_t layer : layers) {
        text += (text.empty() ? "" : " > ") + described(network[layer], before);
        before = network[layer].shape();
    }
    return text;
}

}  // namespace

std::vector<LayerGroup> layer_groups(const Network& network)
{
    std::vector<std::uint32_t> users(network.size());
    for (const Layer layer : network)
        for (const std::uint32_t input : layer.inputs())
            ++users[input];
    constexpr std::size_t kNone = static_cast<std::size_t>(-1);
    std::vector<std::size_t> group_of(network.size(), kNone);
    std::vector<LayerGroup> groups;
    for (const Layer layer : network) {
        if (layer.inputs().empty())
            continue;
        const std::size_t before =
            belongs_to_the_one_before(layer) && users[layer.inputs()[0]] == 1 ? group_of[layer.inputs()[0]] : kNone;
        if (before == kNone)
            groups.emplace_back();
        group_of[layer.index()] = before == kNone ? groups.size() - 1 : before;
        groups[group_of[layer.index()]].layers.push_back(layer.index());
    }
    for (LayerGroup& group : groups)
        group.key = key(network, group.layers);
    return groups;
}

}  // namespace espalier
