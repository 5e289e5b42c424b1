// SPDX-License-Identifier: Apache-2.0
#include "counted.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_map>

#include "espalier/counts.hpp"
#include "espalier/window.hpp"

namespace espalier::cost_models {
namespace {

std::vector<Part> macs_by_layer(const Network& network)
{
    std::vector<Part> parts;
    for (const Layer layer : network)
        if (const double here = macs(layer); here != 0)
            parts.push_back(
                {static_cast<std::uint32_t>(layer.index()), here, {static_cast<std::uint32_t>(layer.index())}});
    return parts;
}

/// Each layer by itself.
std::vector<std::size_t> with_macs(const Network& super)
{
    std::vector<std::size_t> groups(super.size(), kNeverCounted);
    for (const Layer layer : super)
        if (layer.op() == Op::conv || layer.op() == Op::linear || layer.op() == Op::custom)
            groups[layer.index()] = layer.index();
    return groups;
}

/// Layers that share weights have one part, the largest of theirs.
std::vector<Part> params_by_name(const Network& network)
{
    std::vector<Part> parts;
    std::unordered_map<std::string_view, std::size_t> part_of;
    for (const Layer layer : network) {
        const double here = params(layer);
        const auto index = static_cast<std::uint32_t>(layer.index());
        if (here == 0)
            continue;
        const auto [found, is_new] = part_of.emplace(layer.spec().weights, parts.size());
        if (is_new || layer.spec().weights.empty()) {
            parts.push_back({index, here, {index}});
            continue;
        }
        Part& shared = parts[found->second];
        shared.value = std::max(shared.value, here);
        shared.seen.push_back(index);
    }
    return parts;
}

/// Layers that share weights together.
std::vector<std::size_t> with_params(const Network& super)
{
    std::vector<std::size_t> groups(super.size(), kNeverCounted);
    std::unordered_map<std::string_view, std::size_t> group_of;
    for (const Layer layer : super) {
        if (params(layer) == 0)
            continue;
        const auto [found, is_new] = group_of.emplace(layer.spec().weights, layer.index());
        groups[layer.index()] = is_new || layer.spec().weights.empty() ? layer.index() : found->second;
    }
    return groups;
}

/// Channels of {channels, height, width}, features of {features} and {tokens, width}.
double width(const Shape& shape)
{
    return static_cast<double>(shape.size() == 3 ? shape[0] : shape[shape.size() - 1]);
}

}  // namespace

LayerCost LayerMacs::operator()(const Layer& layer, double width_in, double width_out) const
{
    const double here = macs(layer);
    if (here == 0)  // also layers without inputs
        return {};
    const double in = width(layer.input_shape()), out = width(layer.shape());
    const bool depthwise = layer.op() == Op::conv && groups(layer) > 1 && groups(layer) == layer.input_shape()[0];
    if (depthwise)
        return {.value = here * width_out / out, .d_in = 0, .d_out = here / out};
    if (layer.op() != Op::conv && layer.op() != Op::linear)  // what a custom layer says of itself
        return {.value = here, .d_in = 0, .d_out = 0};
    const double unit = here / (in * out);
    return {.value = unit * width_in * width_out, .d_in = unit * width_out, .d_out = unit * width_in};
}

Macs::Macs(const Options&, const Setup& setup) : priced_{"macs", setup.space, macs_by_layer, with_macs} {}

std::vector<Evaluation> Macs::evaluate(std::span<const Candidate> batch, Context&)
{
    return priced_(batch);
}

Params::Params(const Options&, const Setup& setup) : priced_{"params", setup.space, params_by_name, with_params} {}

std::vector<Evaluation> Params::evaluate(std::span<const Candidate> batch, Context&)
{
    return priced_(batch);
}

}  // namespace espalier::cost_models
