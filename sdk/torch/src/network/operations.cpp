// SPDX-License-Identifier: Apache-2.0
#include "operations.hpp"

#include <ATen/ops/avg_pool2d.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/hardsigmoid.h>
#include <ATen/ops/hardswish.h>
#include <ATen/ops/hardtanh.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/max_pool2d.h>
#include <ATen/ops/silu.h>
#include <ATen/ops/upsample_nearest2d.h>

#include "espalier/error.hpp"
#include "espalier/torch/tensors/generator.hpp"
#include "espalier/window.hpp"

#include "../depthwise/convolution.hpp"
#include "batch_norm.hpp"

namespace espalier::torch_sdk {
namespace {

/// The part of a shared tensor that a layer uses: the leading slice, of kernels the centre.
Tensor part(Tensor whole, const WeightShape& own)
{
    const bool kernel = own.start == WeightShape::Start::convolution;
    for (std::size_t i = 0; i < own.shape.size(); ++i) {
        const auto axis = static_cast<std::int64_t>(i);
        const std::int64_t surplus = whole.size(axis) - own.shape[i];
        if (surplus < 0)
            throw Error("needs more weights, " + to_string(own.shape) + ", than these were made for");
        if (surplus > 0)
            whole = whole.narrow(axis, kernel && i >= 2 ? surplus / 2 : 0, own.shape[i]);
    }
    return whole;
}

/// The kernel of a `conv`. With `transform` each size is the centre of the next larger one, times a learned matrix that
/// all channels share: w = crop(larger) M^T (Cai et al., Once-for-All, ICLR 2020, section 3.3).
Tensor kernel_of(const Layer& layer, const LayerWeights& whole, const WeightShape& own)
{
    Tensor kernel = whole["weight"];
    const auto sizes = layer.spec().attributes.find("transform");
    if (sizes != layer.spec().attributes.end())
        for (auto size = sizes->second.rbegin(); size != sizes->second.rend(); ++size) {
            const auto from = kernel.size(2), to = static_cast<std::int64_t>(*size);
            if (to >= from || to < own.shape[2])
                continue;
            WeightShape smaller = own;
            smaller.shape[2] = smaller.shape[3] = to;
            const Tensor& matrix = whole["transform_" + std::to_string(from) + "to" + std::to_string(to)];
            kernel = part(kernel, smaller);
            kernel = laid_out(at::linear(kernel.flatten(2), matrix).reshape(kernel.sizes()));
        }
    return part(kernel, own);
}

}  // namespace

LayerWeights parts(const Layer& layer, const Weights& weights)
{
    LayerWeights own;
    const std::string& name = layer.spec().weights;
    for (const WeightShape& tensor : weight_shapes(layer)) {
        if (name.empty())
            throw Error("has no name for its weights, so nothing can be computed");
        if (!trained(tensor.start))
            continue;
        const LayerWeights& whole = weights.layer(name);
        own.tensor(tensor.name) = tensor.start == WeightShape::Start::convolution && layer.op() == Op::conv
                                      ? kernel_of(layer, whole, tensor)
                                      : part(whole[tensor.name], tensor);
    }
    return own;
}

namespace {

/// A convolution of kernel 1 of what lies channels_last, which is a matrix of pixels and channels: LibTorch's product
/// of matrices takes less time than its convolution, little of it where there are few channels or pixels.
Tensor pointwise(const Tensor& x, const LayerWeights& own)
{
    return at::linear(x.permute({0, 2, 3, 1}), own.weight.flatten(1), own.bias).permute({0, 3, 1, 2});
}

Tensor convolution(const Layer& layer, const Tensor& x, const Weights& weights)
{
    const Window seen = window(layer);
    const LayerWeights own = parts(layer, weights);
    if (x.is_cpu() && seen == Window{} && groups(layer) == 1)
        return pointwise(laid_out(x), own);
    if (depthwise::covers(x, own.weight, seen))
        return depthwise::convolution(laid_out(x), own.weight, own.bias, seen);
    return laid_out(
        at::conv2d(x, own.weight, own.bias, seen.stride, at::IntArrayRef(seen.pad), seen.dilation, groups(layer)));
}

Tensor layer_norm(const Layer& layer, const Tensor& x, const Weights& weights)
{
    const LayerWeights own = parts(layer, weights);
    return at::layer_norm(x, x.size(-1), own.weight, own.bias, layer.spec().number("eps", 1e-5));
}

Tensor pooled(const Layer& layer, const Tensor& x)
{
    const Window seen = window(layer);
    if (layer.op() == Op::max_pool)
        return at::max_pool2d(x, seen.kernel, seen.stride, seen.pad, seen.dilation);
    const bool count_padding = layer.spec().number("count_include_pad", 0) != 0;
    return at::avg_pool2d(x, seen.kernel, seen.stride, seen.pad, /*ceil_mode=*/false, count_padding);
}

/// Calls compute(x, place), place(i) being where axis i is. Images that lie channels_last come as [batch, height,
/// width, channels], because the gradients of a mean or a view lie in the order of its axes, and layers before it take
/// several times as long with gradients that lie otherwise than their inputs.
template <class Compute>
Tensor in_memory_order(const Tensor& x, const Compute& compute)
{
    if (x.dim() != 4 || x.suggest_memory_format() != at::MemoryFormat::ChannelsLast)
        return compute(x, [](std::int64_t axis) { return axis; });
    return compute(x.permute({0, 2, 3, 1}), [](std::int64_t axis) { return axis == 1 ? 3 : axis - 1; })
        .permute({0, 3, 1, 2});
}

Tensor global_average(const Layer& layer, const Tensor& x)
{
    const bool keep = layer.spec().number("keep", 0) != 0;
    if (x.dim() == 3)  // [batch, tokens, width]
        return x.mean(1, keep);
    const Tensor means = in_memory_order(x, [](const Tensor& image, const auto& place) {
        return image.mean({place(2), place(3)}, /*keepdim=*/true);
    });
    return keep ? means : means.flatten(1);
}

// [batch, channels] scales [batch, channels, height, width]
Tensor product(std::span<const Tensor> factors)
{
    std::int64_t rank = 0;
    for (const Tensor& factor : factors)
        rank = std::max(rank, factor.dim());
    Tensor result;
    for (Tensor factor : factors) {
        while (factor.dim() < rank)
            factor = factor.unsqueeze(-1);
        result = result.defined() ? result.mul(factor) : factor;
    }
    return result;
}

Tensor sliced(const Layer& layer, const Tensor& x)
{
    const LayerSpec& spec = layer.spec();
    const auto axis = static_cast<std::int64_t>(spec.number("axis", 0)) + 1;
    const auto end = static_cast<std::int64_t>(spec.number("end", static_cast<double>(x.size(axis))));
    return in_memory_order(x, [&](const Tensor& whole, const auto& place) {
        return whole.slice(place(axis), static_cast<std::int64_t>(spec.number("begin", 0)), end,
                           static_cast<std::int64_t>(spec.number("step", 1)));
    });
}

Tensor shuffled(const Layer& layer, const Tensor& x)
{
    const auto groups = static_cast<std::int64_t>(layer.spec().number("groups", 1));
    return laid_out(in_memory_order(x, [&](const Tensor& image, const auto& place) {
        const Tensor split = image.unflatten(place(1), {groups, x.size(1) / groups});
        return split.transpose(place(1), place(1) + 1).flatten(place(1), place(1) + 1);
    }));
}

Tensor dropped_out(const Layer& layer, const Tensor& x, const ForwardOptions& options)
{
    const double rate = layer.spec().number("rate", 0.5);
    if (options.mode == Mode::eval || rate == 0)
        return x;
    if (options.rng == nullptr)
        throw Error("needs a random stream in training mode");
    if (rate == 1)
        return x.mul(0);
    Tensor kept = at::empty_like(x, at::TensorOptions().device(at::kCPU));
    kept.bernoulli_(1 - rate, generator(*options.rng));
    return x.mul(kept.to(x.device()).div_(1 - rate));
}

}  // namespace

Tensor laid_out(const Tensor& x)
{
    return x.dim() == 4 && x.is_cpu() ? x.contiguous(at::MemoryFormat::ChannelsLast) : x;
}

std::int64_t channel_axis(const Shape& shape)
{
    return shape.size() == 3 ? 1 : static_cast<std::int64_t>(shape.size());
}

std::size_t option_of(const Layer& layer, std::size_t k)
{
    const auto found = layer.spec().attributes.find("options");
    return found == layer.spec().attributes.end() ? k : static_cast<std::size_t>(found->second.at(k));
}

std::vector<std::size_t> options_of(const Layer& layer)
{
    const std::size_t count =
        layer.op() == Op::channel_mask ? layer.spec().attributes.at("widths").size() : layer.inputs().size();
    std::vector<std::size_t> options(count);
    for (std::size_t k = 0; k < count; ++k)
        options[k] = option_of(layer, k);
    return options;
}

std::vector<std::int64_t> widths_of(const Layer& layer)
{
    const auto& widths = layer.spec().attributes.find("widths")->second;
    return {widths.begin(), widths.end()};
}

Tensor computed(const Layer& layer, std::span<const Tensor> inputs, const Weights& weights,
                const ForwardOptions& options)
{
    const Tensor& x = inputs[0];
    switch (layer.op()) {
        case Op::conv:
            return convolution(layer, x, weights);
        case Op::batch_norm:
            return batch_norm(layer, x, parts(layer, weights), weights, options);
        case Op::layer_norm:
            return layer_norm(layer, x, weights);
        case Op::relu:
            return x.relu();
        case Op::relu6:
            return at::hardtanh(x, 0, 6);
        case Op::hswish:
            return at::hardswish(x);
        case Op::hsigmoid:
            return at::hardsigmoid(x);
        case Op::swish:
            return at::silu(x);
        case Op::gelu:
            return at::gelu(x);
        case Op::sigmoid:
            return x.sigmoid();
        case Op::tanh:
            return x.tanh();
        case Op::softmax:
            return x.softmax(-1);
        case Op::max_pool:
        case Op::avg_pool:
            return pooled(layer, x);
        case Op::global_average:
            return global_average(layer, x);
        case Op::linear: {
            const LayerWeights own = parts(layer, weights);
            return at::linear(x, own.weight, own.bias);
        }
        case Op::flatten:
            return x.flatten(1);
        case Op::multiply:
            return product(inputs);
        case Op::concat:
            return at::cat(at::TensorList(inputs.data(), inputs.size()),
                           static_cast<std::int64_t>(layer.spec().number("axis", 0)) + 1);
        case Op::slice:
            return sliced(layer, x);
        case Op::channel_shuffle:
            return shuffled(layer, x);
        case Op::upsample:
            return at::upsample_nearest2d(x, {layer.shape()[1], layer.shape()[2]});
        case Op::dropout:
            return dropped_out(layer, x, options);
        case Op::custom:
            return custom({layer, inputs, parts(layer, weights), options});
        default:
            throw Error("is no operation that is computed");
    }
}

}  // namespace espalier::torch_sdk
