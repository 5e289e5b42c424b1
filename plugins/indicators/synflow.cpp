// SPDX-License-Identifier: Apache-2.0
#include "synflow.hpp"

#include <algorithm>
#include <cmath>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include "espalier/torch/tensors/gradient.hpp"
#include "espalier/window.hpp"

#include "feature_maps.hpp"
#include "rewritten.hpp"
#include "weight_gradients.hpp"

namespace espalier::indicators {

namespace {

bool linear_on_positive(const Layer& layer)
{
    switch (layer.op()) {
        case Op::input:
        case Op::conv:
        case Op::batch_norm:
        case Op::relu:
        case Op::avg_pool:
        case Op::global_average:
        case Op::linear:
        case Op::flatten:
        case Op::add:
            return true;
        default:
            return false;
    }
}

bool weighted(const Layer& layer)
{
    return layer.op() == Op::conv || layer.op() == Op::linear;
}

/// Per layer: whether everything that follows depends on earlier layers through it alone.
std::vector<bool> cuts(const Network& network)
{
    std::vector<bool> cut(network.size());
    std::size_t earliest = network.size();  // that a later layer reads
    for (std::size_t i = network.size(); i-- > 0;) {
        cut[i] = earliest >= i;
        for (const std::uint32_t input : network[i].inputs())
            earliest = std::min<std::size_t>(earliest, input);
    }
    return cut;
}

Tensor ones(const Network& network, std::int64_t samples, const at::TensorOptions& options)
{
    std::vector<std::int64_t> extents{samples};
    for (const Layer layer : network)
        if (layer.op() == Op::input)
            extents.insert(extents.end(), layer.shape().begin(), layer.shape().end());
    return at::ones(extents, options);
}

/// z and dz/dt together, two samples of one batch.
class Flow {
public:
    Flow(const Network& network, const torch_sdk::Weights& weights)
        : network_{network}, weights_{weights}, values_(network.size())
    {
    }

    double run()
    {
        const std::vector<bool> cut = cuts(network_);
        for (const Layer layer : network_) {
            Tensor& value = values_[layer.index()];
            value = computed(layer);
            if (weighted(layer))
                value.select(0, 1).add_(value.select(0, 0));
            if (cut[layer.index()])
                rescale(value);
        }
        const double sum = values_.back().select(0, 1).sum().item<double>();
        return sum > 0 ? std::log(sum) + static_cast<double>(exponent_) * std::log(2.0) : kLeast;
    }

private:
    Tensor computed(const Layer& layer)
    {
        if (layer.op() == Op::input) {
            Tensor x = ones(network_, 2, at::TensorOptions().dtype(weights_.dtype()).device(weights_.device()));
            x.select(0, 1).zero_();  // the input does not change with t
            return x.dim() == 4 ? x.contiguous(at::MemoryFormat::ChannelsLast) : x;
        }
        const Tensor& x = values_[layer.inputs()[0]];
        switch (layer.op()) {
            case Op::conv: {
                const Window seen = window(layer);
                return at::conv2d(x, weight(layer), {}, seen.stride, at::IntArrayRef(seen.pad), seen.dilation,
                                  groups(layer));
            }
            case Op::linear:
                return at::linear(x, weight(layer));
            case Op::avg_pool: {
                const Window seen = window(layer);
                return at::avg_pool2d(x, seen.kernel, seen.stride, seen.pad, false,
                                      layer.spec().number("count_include_pad", 0) != 0);
            }
            case Op::global_average:
                return x.mean({2, 3}, layer.spec().number("keep", 0) != 0);
            case Op::flatten:
                return x.flatten(1);
            case Op::add: {
                Tensor sum = x;
                for (const std::uint32_t input : layer.inputs().subspan(1))
                    sum = sum + values_[input];
                return layer.spec().number("mean", 0) == 0 ? sum : sum / static_cast<double>(layer.inputs().size());
            }
            default:  // normalisations are left out, activations change nothing
                return x;
        }
    }

    Tensor weight(const Layer& layer) const
    {
        Tensor w = weights_.layer(layer.spec().weights).weight.detach().abs();
        const Shape& out = layer.shape();
        w = w.narrow(0, 0, layer.op() == Op::conv ? out[0] : out[out.size() - 1]);
        return w;
    }

    /// By a power of two, which rounds nothing.
    void rescale(Tensor& value)
    {
        const double largest = value.max().item<double>();
        if (!(largest > 0) || !std::isfinite(largest))
            return;
        const int exponent = std::ilogb(largest);
        value = value * std::ldexp(1.0, -exponent);
        exponent_ += exponent;
    }

    const Network& network_;
    const torch_sdk::Weights& weights_;
    std::vector<Tensor> values_;
    std::int64_t exponent_ = 0;
};

bool whole(const Layer& layer, const torch_sdk::Weights& weights)
{
    const torch_sdk::LayerWeights& own = weights.layer(layer.spec().weights);
    const Shape& out = layer.shape();
    bool same =
        own.weight.size(0) == out[layer.op() == Op::conv ? 0 : out.size() - 1] && layer.input_shape().size() > 0;
    if (layer.op() == Op::conv) {
        const auto kernel = window(layer).kernel;
        same = same && layer.input_shape().size() == 3 &&
               own.weight.size(1) == layer.input_shape()[0] / groups(layer) && own.weight.size(2) == kernel[0] &&
               own.weight.size(3) == kernel[1];
    } else {
        same = same && own.weight.size(1) == layer.input_shape()[layer.input_shape().size() - 1];
    }
    return same && (!own.bias.defined() || own.bias.detach().eq(0).all().item<bool>());
}

}  // namespace

bool flows(const Network& network, const torch_sdk::Weights& weights)
{
    for (const Layer layer : network) {
        if (!linear_on_positive(layer) || (weighted(layer) && !whole(layer, weights)))
            return false;
        if (layer.op() == Op::global_average && layer.input_shape().size() != 3)
            return false;
    }
    return true;
}

double synflow(const Network& network, const torch_sdk::Weights& weights)
{
    const c10::AutoGradMode no_gradients(false);
    return Flow(network, weights).run();
}

double synflow_by_gradients(const Network& network, torch_sdk::Weights& weights)
{
    {
        const c10::AutoGradMode no_gradients(false);
        for (const torch_sdk::NamedTensor& tensor : weights.tensors())
            tensor.value.abs_();
    }
    const Network plain = without_normalisation(network);
    const Tensor x = ones(plain, 1, at::TensorOptions().dtype(weights.dtype()).device(weights.device()));
    const Tensor logits = torch_sdk::forward(plain, weights, x);
    double sum = 0;
    for (const WeightGradient& one : weight_gradients(plain, weights, logits.sum()))
        sum += (one.weight.detach() * one.gradient).abs().sum().item<double>();
    return sum > 0 ? std::log(sum) : kLeast;
}

}  // namespace espalier::indicators
