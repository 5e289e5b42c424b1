// SPDX-License-Identifier: Apache-2.0
#include "sample_gradients.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include "espalier/torch/tensors/gradient.hpp"
#include "espalier/window.hpp"

#include "batch_statistics.hpp"

namespace espalier::indicators {

namespace {

constexpr std::int64_t kAtOnce = 16;  // samples: more would leave the cache, fewer would not fill the matrices

/// What the backward pass needs of a layer's forward pass. Maps are laid out [channels, batch * height * width], so
/// that normalisations reduce along memory and kernels' gradients are one matrix product.
struct Trace {
    Tensor input;   // batch_norm: normalised; conv: unfolded, [in * kernel, batch * out pixels]; linear: [in, batch]
    Tensor scale;   // batch_norm: gamma / deviation, [channels, 1]
    Tensor kernel;  // conv, linear; avg_pool: means over columns, [out columns, in columns]
    Tensor means;   // avg_pool: means over rows, [out rows, in rows]
    Tensor active;  // relu: 1 and 0
    std::int64_t columns = 0;  // of the gradients, first column of this layer's weight
};

class Backward {
public:
    Backward(const Network& network, const torch_sdk::Weights& weights, const Tensor& x)
        : network_{network}, weights_{weights}, batch_{x.size(0)}, traces_(network.size())
    {
        find_trained();
        logits_ = torch_sdk::forward(network, weights, x,
                                     batch_statistics([this](const Layer& layer, const Tensor& in, const Tensor& out) {
                                         record(layer, in, out);
                                     }));
    }

    Tensor gradients()
    {
        Tensor rows = at::zeros({batch_, columns_}, logits_.options());
        for (std::int64_t first = 0; first < batch_; first += kAtOnce) {
            samples_ = std::min(kAtOnce, batch_ - first);
            rows_ = rows.narrow(0, first, samples_);
            run(first);
        }
        return rows;
    }

    static bool knows(const Layer& layer)
    {
        switch (layer.op()) {
            case Op::conv:
                return groups(layer) == 1 && window(layer).dilation == std::array<std::int64_t, 2>{1, 1} &&
                       layer.spec().number("bias", 0) == 0;
            case Op::global_average:
                return layer.spec().number("keep", 0) == 0;
            case Op::linear:
                return layer.shape().size() == 1;
            case Op::input:
            case Op::batch_norm:
            case Op::relu:
            case Op::avg_pool:
            case Op::zeros:
                return true;
            case Op::add:
                return layer.spec().number("mean", 0) == 0;
            default:
                return false;
        }
    }

private:
    static std::int64_t pixels(const Shape& shape) { return shape.size() == 3 ? shape[1] * shape[2] : 1; }

    /// [batch, channels, ...] to [channels, batch * pixels].
    static Tensor channels_first(const Tensor& x) { return x.transpose(0, 1).reshape({x.size(1), -1}); }

    /// Gives each weight its columns, and finds the layers behind which there is any weight.
    void find_trained()
    {
        trained_.assign(network_.size(), false);
        for (const Layer layer : network_) {
            const std::string& name = layer.spec().weights;
            if (!name.empty() && weights_.layer(name).weight.defined()) {
                const auto [own, is_new] = first_column_.try_emplace(name, columns_);
                if (is_new)
                    columns_ += weights_.layer(name).weight.numel();
                traces_[layer.index()].columns = own->second;
                trained_[layer.index()] = true;
            }
            for (const std::uint32_t input : layer.inputs())
                trained_[layer.index()] = trained_[layer.index()] || trained_[input];
        }
    }

    void record(const Layer& layer, const Tensor& in, const Tensor& out)
    {
        Trace& trace = traces_[layer.index()];
        const std::string& name = layer.spec().weights;
        if (layer.op() == Op::relu) {
            trace.active = channels_first(out).gt(0).to(out.scalar_type());
        } else if (layer.op() == Op::linear) {
            trace.input = in.t();
            trace.kernel = weights_.layer(name).weight.detach();
        } else if (layer.op() == Op::conv) {
            const Window seen = window(layer);
            trace.kernel = weights_.layer(name).weight.detach();
            trace.input = pointwise(seen)
                              ? channels_first(in)
                              : at::im2col(in.contiguous(), seen.kernel, seen.dilation, seen.pad, seen.stride)
                                    .transpose(0, 1)
                                    .reshape({trace.kernel.numel() / trace.kernel.size(0), -1});
        } else if (layer.op() == Op::batch_norm) {
            const Tensor rows = channels_first(in);
            const auto [variance, mean] = at::var_mean(rows, at::OptionalIntArrayRef(1), false, true);
            const Tensor inverse = (variance + layer.spec().number("eps", 1e-5)).rsqrt();
            trace.input = (rows - mean) * inverse;
            const Tensor gamma = name.empty() ? Tensor() : weights_.layer(name).weight;
            trace.scale = gamma.defined() ? inverse * gamma.detach().unsqueeze(1) : inverse;
        } else if (layer.op() == Op::avg_pool) {
            trace.means = means_along(0, layer).to(out.scalar_type());
            trace.kernel = means_along(1, layer).to(out.scalar_type());
        }
    }

    /// An average pool is a matrix of means along each axis: [out, in].
    static Tensor means_along(std::size_t axis, const Layer& layer)
    {
        const Window seen = window(layer);
        const std::int64_t in = layer.input_shape()[axis + 1], out = layer.shape()[axis + 1];
        const bool padding_counts = layer.spec().number("count_include_pad", 0) != 0;
        Tensor means = at::zeros({out, in}, at::kDouble);
        for (std::int64_t o = 0; o < out; ++o) {
            const std::int64_t start = o * seen.stride[axis] - seen.pad[axis];
            const std::int64_t first = std::max<std::int64_t>(start, 0);
            const std::int64_t last = std::min(start + seen.kernel[axis], in);
            means.select(0, o)
                .narrow(0, first, last - first)
                .fill_(1.0 / static_cast<double>(padding_counts ? seen.kernel[axis] : last - first));
        }
        return means;
    }

    static bool pointwise(const Window& seen)
    {
        constexpr std::array<std::int64_t, 2> kOne{1, 1}, kNone{0, 0};
        return seen.kernel == kOne && seen.stride == kOne && seen.pad == kNone;
    }

    /// From the logits of samples `first` on back to the first weight.
    void run(std::int64_t first)
    {
        gradient_.assign(network_.size(), {});
        Tensor& start = gradient_.back() = at::zeros({samples_, logits_.size(1), batch_}, logits_.options());
        for (std::int64_t s = 0; s < samples_; ++s)
            start.select(0, s).select(1, first + s).fill_(1);
        for (std::size_t i = network_.size(); i-- > 0;) {
            const Tensor g = std::exchange(gradient_[i], {});
            const Layer layer = network_[i];
            if (!g.defined() || !trained_[i])
                continue;
            backward(layer, g);
        }
    }

    /// @param g of the layer's output, [samples, channels, batch * pixels].
    void backward(const Layer& layer, const Tensor& g)
    {
        const Trace& trace = traces_[layer.index()];
        switch (layer.op()) {
            case Op::linear:
                learn(trace, at::mm(g.reshape({-1, batch_}), trace.input.t()));
                return pass(layer, [&] { return at::matmul(trace.kernel.t(), g); });
            case Op::conv:
                learn(trace, at::mm(g.reshape({-1, g.size(2)}), trace.input.t()));
                return pass(layer, [&] { return through_convolution(layer, g); });
            case Op::batch_norm:
                return through_normalisation(layer, g);
            case Op::relu:
                return pass(layer, [&] { return g * trace.active; });
            case Op::avg_pool:
                return pass(layer, [&] { return through_pool(layer, g); });
            case Op::global_average: {
                const std::int64_t area = pixels(layer.input_shape());
                return pass(layer, [&] {
                    return (g / area).unsqueeze(3).expand({-1, -1, -1, area}).reshape({samples_, g.size(1), -1});
                });
            }
            default:  // add: the gradient is that of every term
                for (std::size_t k = 0; k < layer.inputs().size(); ++k)
                    pass(
                        layer, [&] { return g; }, k);
        }
    }

    template <class Gradient>
    void pass(const Layer& layer, Gradient&& of_input, std::size_t k = 0)
    {
        const std::uint32_t input = layer.inputs()[k];
        if (!trained_[input])
            return;
        Tensor& sum = gradient_[input];
        sum = sum.defined() ? sum + of_input() : of_input();
    }

    /// @param dw [samples * out, numbers of one output] or [samples, numbers].
    void learn(const Trace& trace, const Tensor& dw)
    {
        const Tensor rows = dw.reshape({samples_, -1});
        rows_.narrow(1, trace.columns, rows.size(1)).add_(rows);
    }

    /// dx = gamma / deviation * (g - mean(g) - x^ mean(g x^)), means over the batch and the pixels.
    void through_normalisation(const Layer& layer, const Tensor& g)
    {
        const Trace& trace = traces_[layer.index()];
        // [channels, samples, n] x [channels, n, 1]
        const Tensor with_input =
            at::bmm(g.transpose(0, 1), trace.input.unsqueeze(2)).squeeze(2).t();  // [samples, channels]
        if (!layer.spec().weights.empty() && weights_.layer(layer.spec().weights).weight.defined())
            learn(trace, with_input);
        pass(layer, [&] {
            Tensor dx = g - g.mean(2, true);
            dx.addcmul_(trace.input, with_input.unsqueeze(2), -1.0 / static_cast<double>(g.size(2)));
            return dx.mul_(trace.scale);
        });
    }

    Tensor through_convolution(const Layer& layer, const Tensor& g) const
    {
        const Trace& trace = traces_[layer.index()];
        const Window seen = window(layer);
        if (pointwise(seen))
            return at::matmul(trace.kernel.flatten(1).t(), g);
        const Shape& in = layer.input_shape();
        const Shape& out = layer.shape();
        const Tensor maps = g.reshape({samples_, out[0], batch_, out[1] * out[2]})
                                .transpose(1, 2)
                                .reshape({samples_ * batch_, out[0], out[1], out[2]});
        const auto left_over = [&](std::size_t axis) {
            return in[axis + 1] - ((out[axis + 1] - 1) * seen.stride[axis] - 2 * seen.pad[axis] + seen.kernel[axis]);
        };
        return at::conv_transpose2d(maps, trace.kernel, {}, seen.stride, seen.pad, {left_over(0), left_over(1)})
            .reshape({samples_, batch_, in[0], in[1] * in[2]})
            .transpose(1, 2)
            .reshape({samples_, in[0], -1});
    }

    /// Two matrix products, which are several times as fast as the library's own gradient of a pool.
    Tensor through_pool(const Layer& layer, const Tensor& g) const
    {
        const Trace& trace = traces_[layer.index()];
        const Shape& in = layer.input_shape();
        const Shape& out = layer.shape();
        const Tensor rows = at::mm(g.reshape({-1, out[2]}), trace.kernel);
        return at::matmul(trace.means.t(), rows.reshape({-1, out[1], in[2]})).reshape({samples_, in[0], -1});
    }

    const Network& network_;
    const torch_sdk::Weights& weights_;
    std::int64_t batch_, samples_ = 0, columns_ = 0;
    std::map<std::string, std::int64_t> first_column_;
    std::vector<bool> trained_;  // per layer: it or a layer before it has a weight
    std::vector<Trace> traces_;
    std::vector<Tensor> gradient_;  // per layer, of its output, of `samples_` samples
    Tensor logits_, rows_;          // rows_: of these samples
};

}  // namespace

Tensor sample_gradients_one_by_one(const Network& network, const torch_sdk::Weights& weights, const Tensor& x)
{
    std::vector<Tensor> parameters;
    for (const torch_sdk::NamedTensor& tensor : weights.tensors())
        if (tensor.trainable && tensor.name.ends_with("weight"))
            parameters.push_back(tensor.value);
    const Tensor logits = torch_sdk::forward(network, weights, x, batch_statistics());
    if (!logits.requires_grad() || parameters.empty())
        return at::zeros({x.size(0), 1}, logits.options());
    std::vector<Tensor> rows;
    for (std::int64_t i = 0; i < x.size(0); ++i) {
        std::vector<Tensor> row = torch_sdk::gradients(logits[i].sum(), parameters, i + 1 < x.size(0));
        for (Tensor& gradient : row)
            gradient = gradient.flatten();
        rows.push_back(at::cat(row));
    }
    return at::stack(rows);
}

std::optional<Tensor> sample_gradients_at_once(const Network& network, const torch_sdk::Weights& weights,
                                               const Tensor& x)
{
    for (const Layer layer : network)
        if (!Backward::knows(layer))
            return std::nullopt;
    if (network.output().shape().size() != 1)
        return std::nullopt;
    const c10::AutoGradMode no_gradients(false);
    return Backward(network, weights, x).gradients();
}

}  // namespace espalier::indicators
