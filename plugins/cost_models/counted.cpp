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

bool has_products(Op op)
{
    return op == Op::multiply || op == Op::hswish || op == Op::global_average;
}

double counted(const Layer& layer, bool products)
{
    if (!products || !has_products(layer.op()))
        return macs(layer);
    const Shape& in = layer.input_shape();
    if (layer.op() == Op::global_average && in.size() == 3)  // over the columns, then over the rows
        return static_cast<double>(in[0] * in[1]) + activations(layer);
    return activations(layer);
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

}  // namespace

LayerCost LayerMacs::operator()(const Layer& layer, double width_in, double width_out) const
{
    const double here = counted(layer, products_);
    if (here == 0)  // also layers without inputs
        return {};
    if (has_products(layer.op()))
        return {.value = here / width(layer.shape()) * width_out, .d_in = 0, .d_out = here / width(layer.shape())};
    if (layer.op() == Op::custom)  // what it says of itself
        return {.value = here, .d_in = 0, .d_out = 0};
    const MatrixProducts p = *matrix_products(layer, width_in, width_out);
    return {.value = p.macs(), .d_in = p.rows * p.d_weights_in(), .d_out = p.rows * p.d_weights_out()};
}

LayerCost LayerParams::operator()(const Layer& layer, double width_in, double width_out) const
{
    const double here = params(layer);
    if (here == 0)
        return {};
    if (layer.op() == Op::custom)  // what it says of itself
        return {.value = here, .d_in = 0, .d_out = 0};
    if (layer.op() != Op::conv && layer.op() != Op::linear) {  // scale and shift
        const double each = here / width(layer.shape());
        return {.value = each * width_out, .d_in = 0, .d_out = each};
    }
    const double biases = (here - matrix_products(layer)->weights()) / width(layer.shape());  // of one output
    const MatrixProducts p = *matrix_products(layer, width_in, width_out);
    return {.value = p.weights() + biases * width_out, .d_in = p.d_weights_in(), .d_out = p.d_weights_out() + biases};
}

void Macs::Options::describe(Describe<Options>& d)
{
    d("rule", &Options::rule,
      "whose count: fvcore's, or torchprofile's, which has products number by number and means, too")
        .one_of({"fvcore", "torchprofile"})
        .added_later();
}

Macs::Macs(const Options& options, const Setup& setup)
    : layers_{options.rule == "torchprofile"},
      sum_{setup.space,
           [products = options.rule == "torchprofile"](const Network& network) {
               return layer_parts(network, [products](const Layer& layer) { return counted(layer, products); });
           },
           [products = options.rule == "torchprofile"](const Network& super) {
               std::vector<std::size_t> groups = by_layer(super);
               for (const Layer layer : super)
                   if (products && has_products(layer.op()))
                       groups[layer.index()] = layer.index();
               return groups;
           }}
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
