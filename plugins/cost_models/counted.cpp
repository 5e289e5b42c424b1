// SPDX-License-Identifier: Apache-2.0
#include "counted.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_map>

#include "espalier/counts.hpp"

#include "layer_parts.hpp"
#include "matrix_products.hpp"
#include "priced.hpp"

namespace espalier::cost_models {
namespace {

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

}  // namespace

LayerCost LayerMacs::operator()(const Layer& layer, double width_in, double width_out) const
{
    const double here = macs(layer);
    if (here == 0)  // also layers without inputs
        return {};
    if (layer.op() == Op::custom)  // what it says of itself
        return {.value = here, .d_in = 0, .d_out = 0};
    const MatrixProducts p = *matrix_products(layer, width_in, width_out);
    return {.value = p.macs(), .d_in = p.rows * p.d_weights_in(), .d_out = p.rows * p.d_weights_out()};
}

Macs::Macs(const Options&, const Setup& setup)
    : sum_{setup.space, [](const Network& n) { return layer_parts(n, [](const Layer& layer) { return macs(layer); }); },
           by_layer}
{
}

std::vector<Evaluation> Macs::evaluate(std::span<const Candidate> batch, Context&)
{
    return priced(batch, [this](const Candidate& c) { return Metrics{{"macs", sum_(c)}}; });
}

Params::Params(const Options&, const Setup& setup) : sum_{setup.space, params_by_name, with_params} {}

std::vector<Evaluation> Params::evaluate(std::span<const Candidate> batch, Context&)
{
    return priced(batch, [this](const Candidate& c) { return Metrics{{"params", sum_(c)}}; });
}

}  // namespace espalier::cost_models
