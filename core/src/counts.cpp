// SPDX-License-Identifier: Apache-2.0
#include "espalier/counts.hpp"

#include <algorithm>
#include <unordered_map>

#include "espalier/error.hpp"

#include "layer_entry.hpp"

namespace espalier {
namespace {

double width(const Shape& shape)
{
    return static_cast<double>(shape[width_axis(shape)]);
}

/// The weights of one output of a `conv` or `linear`.
double fan_in(const Layer& layer)
{
    const double in = width(layer.input_shape());
    if (layer.op() == Op::linear)
        return in;
    const Window& w = entry_of(layer.spec()).window;
    return in / static_cast<double>(groups(layer)) * static_cast<double>(w.kernel[0] * w.kernel[1]);
}

bool computes(Op op)
{
    switch (op) {
        case Op::input:
        case Op::zero:
        case Op::otherwise:
        case Op::choice:
        case Op::channel_mask:
            return false;
        default:
            return true;
    }
}

}  // namespace

Window window(const Layer& layer)
{
    if (layer.op() != Op::conv && layer.op() != Op::max_pool && layer.op() != Op::avg_pool)
        throw Error(place(layer.index(), layer.spec().name) + " has no window, only conv, max_pool and avg_pool do");
    return entry_of(layer.spec()).window;
}

std::int64_t groups(const Layer& layer)
{
    if (layer.op() != Op::conv)
        return 1;
    const LayerEntry& entry = entry_of(layer.spec());
    return entry.depthwise ? layer.input_shape()[0] : entry.groups;
}

double macs(const Layer& layer)
{
    switch (layer.op()) {
        case Op::conv:
        case Op::linear:
            return static_cast<double>(layer.shape().elements()) * fan_in(layer);
        case Op::custom:
            return layer.spec().number("macs", 0);
        default:
            return 0;
    }
}

double params(const Layer& layer)
{
    const LayerEntry& entry = entry_of(layer.spec());
    switch (layer.op()) {
        case Op::conv:
        case Op::linear:
            return width(layer.shape()) * (fan_in(layer) + (entry.bias ? 1 : 0));
        case Op::batch_norm:
            return entry.affine ? 2 * width(layer.shape()) : 0;
        case Op::layer_norm:
            return entry.affine ? 2 * static_cast<double>(*(layer.shape().end() - 1)) : 0;
        case Op::custom:
            return entry.number("params", 0);
        default:
            return 0;
    }
}

double macs(const Network& network)
{
    double sum = 0;
    for (const Layer layer : network)
        sum += macs(layer);
    return sum;
}

double params(const Network& network)
{
    double sum = 0;
    std::unordered_map<std::string_view, double> shared;
    for (const Layer layer : network) {
        const double own = params(layer);
        if (layer.spec().weights.empty()) {
            sum += own;
            continue;
        }
        double& largest = shared[layer.spec().weights];
        sum += std::max(own - largest, 0.0);
        largest = std::max(own, largest);
    }
    return sum;
}

double activations(const Layer& layer)
{
    return static_cast<double>(layer.shape().elements());
}

double activations(const Network& network)
{
    double sum = 0;
    for (const Layer layer : network)
        if (computes(layer.op()))
            sum += activations(layer);
    return sum;
}

double bytes(const Network& network)
{
    return 4 * (params(network) + activations(network));
}

}  // namespace espalier
