// SPDX-License-Identifier: Apache-2.0
#include "counted.hpp"

#include "espalier/counts.hpp"
#include "espalier/window.hpp"

namespace espalier::cost_models {
namespace {

std::vector<Evaluation> counted(std::span<const Candidate> batch, const char* metric, double (*count)(const Network&))
{
    std::vector<Evaluation> results;
    results.reserve(batch.size());
    for (const Candidate& candidate : batch)
        results.push_back({.architecture = candidate.architecture(),
                           .metrics = {{metric, count(candidate.network())}},
                           .status = Status::ok,
                           .reason = {}});
    return results;
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

std::vector<Evaluation> Macs::evaluate(std::span<const Candidate> batch, Context&)
{
    return counted(batch, "macs", macs);
}

std::vector<Evaluation> Params::evaluate(std::span<const Candidate> batch, Context&)
{
    return counted(batch, "params", params);
}

}  // namespace espalier::cost_models
