// SPDX-License-Identifier: Apache-2.0
#include "espalier/torch/network/relaxation.hpp"

#include <algorithm>
#include <cmath>

#include <ATen/ops/empty.h>
#include <ATen/ops/maximum.h>
#include <ATen/ops/minimum.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/zeros_like.h>

#include "espalier/error.hpp"
#include "espalier/torch/tensors/boundary.hpp"

#include "operations.hpp"
#include "plan.hpp"

namespace espalier::torch_sdk {
namespace {

Tensor gumbel_noise(at::IntArrayRef extents, Rng& rng)
{
    Tensor noise = at::empty(extents, at::kDouble);
    auto* numbers = noise.mutable_data_ptr<double>();
    for (std::int64_t i = 0; i < noise.numel(); ++i)
        numbers[i] = -std::log(-std::log(std::clamp(rng.uniform(), 1e-20, 1 - 1e-7)));
    return noise;
}

/// Widths from the inputs to the output. Undefined: nothing.
class Widths {
public:
    Widths(const Network& network, const Gates& gates, bool through_sums)
        : network_{network}, through_sums_{through_sums}
    {
        for (const auto& [decision, gate] : gates) {
            if (gate.dim() != 1)
                throw Error("the gate of decision " + std::to_string(decision) +
                            " is not [options], so there is no one width in expectation");
            gates_.emplace(decision, gate.to(at::kCPU, at::kDouble));
        }
        uses_.assign(network.size(), 0);
        uses_.back() = 1;
        for (const Layer layer : network) {
            for (const std::uint32_t input : layer.inputs())
                uses_[input] += layer.op() == Op::zero ? 0 : 1;
        }
    }

    std::vector<Tensor> made()
    {
        for (const Layer layer : network_) {
            widths_.push_back(of(layer));
            if (layer.op() == Op::channel_mask && widths_.back().defined())
                narrow_before(layer);
        }
        for (Tensor& width : widths_) {
            if (!width.defined())
                width = constant(0);
        }
        return std::move(widths_);
    }

private:
    static Tensor constant(double width) { return at::scalar_tensor(width, at::kDouble); }
    static std::size_t axis(const Shape& shape) { return shape.size() == 3 ? 0 : shape.size() - 1; }
    static double width(const Shape& shape) { return static_cast<double>(shape[axis(shape)]); }
    /// Makes channels of its own instead of handing on those of its input.
    static bool widens(const Layer& layer)
    {
        return layer.op() == Op::linear || (layer.op() == Op::conv && layer.spec().number("depthwise", 0) == 0);
    }

    Tensor of(const Layer& layer) const
    {
        const auto inputs = layer.inputs();
        switch (layer.op()) {
            case Op::zero:
                return {};
            case Op::choice:
                return chosen(layer);
            case Op::add:
                return largest(layer);
            case Op::otherwise:
                return widths_[inputs[0]].defined() ? widths_[inputs[0]] : widths_[inputs[1]];
            default:
                break;
        }
        if (!std::ranges::all_of(inputs, [&](std::uint32_t input) { return widths_[input].defined(); }))
            return {};
        if (inputs.empty() || widens(layer) || layer.op() == Op::custom)
            return constant(width(layer.shape()));
        if (layer.op() == Op::channel_mask)
            return masked(layer);
        const auto along = static_cast<std::size_t>(layer.spec().number("axis", 0));
        if (layer.op() == Op::concat && along == axis(layer.shape()))
            return total(inputs);
        if (layer.op() == Op::slice && along == axis(layer.shape()))
            return sliced(layer);
        const Tensor& in = widths_[inputs[0]];
        const double ratio = width(layer.shape()) / width(layer.input_shape());
        return ratio == 1 || layer.op() == Op::multiply ? in : in.mul(ratio);
    }

    const Tensor& gate(const Layer& layer) const
    {
        const auto found = gates_.find(layer.decision());
        if (found == gates_.end())
            throw Error(layer_place(layer) + ": decision " + std::to_string(layer.decision()) +
                        " is open, so it needs a gate");
        return found->second;
    }

    Tensor chosen(const Layer& layer) const
    {
        const auto inputs = layer.inputs();
        Tensor sum, share;
        for (std::size_t k = 0; k < inputs.size(); ++k) {
            const Tensor& width = widths_[inputs[k]];
            if (!width.defined())
                continue;
            const Tensor weight = gate(layer).select(0, static_cast<std::int64_t>(option_of(layer, k)));
            sum = sum.defined() ? sum.add(width.mul(weight)) : width.mul(weight);
            share = share.defined() ? share.add(weight) : weight;
        }
        if (!sum.defined() || share.item<double>() == 0)
            return {};
        return sum.div(share);
    }

    Tensor largest(const Layer& sum) const
    {
        Tensor largest;
        for (const std::uint32_t input : sum.inputs()) {
            if (const Tensor& width = widths_[input]; width.defined())
                largest = largest.defined() ? at::maximum(largest, width) : width;
        }
        return largest.defined() && !through_sums_ ? constant(width(sum.shape())) : largest;
    }

    Tensor total(std::span<const std::uint32_t> inputs) const
    {
        Tensor total = widths_[inputs[0]];
        for (const std::uint32_t input : inputs.subspan(1))
            total = total.add(widths_[input]);
        return total;
    }

    Tensor masked(const Layer& layer) const
    {
        const Tensor& in = widths_[layer.inputs()[0]];
        const std::vector<std::int64_t> widths = widths_of(layer);
        const std::vector<std::size_t> options = options_of(layer);
        Tensor sum = constant(0);
        for (std::size_t k = 0; k < widths.size(); ++k) {
            const Tensor kept = at::minimum(constant(static_cast<double>(widths[k])), in);
            sum = sum.add(gate(layer).select(0, static_cast<std::int64_t>(options[k])).mul(kept));
        }
        return sum;
    }

    Tensor sliced(const Layer& layer) const
    {
        const LayerSpec& spec = layer.spec();
        const Tensor& in = widths_[layer.inputs()[0]];
        const double end = spec.number("end", width(layer.input_shape()));
        return at::minimum(in, constant(end)).sub(spec.number("begin", 0)).clamp_min(0).div(spec.number("step", 1));
    }

    /// What a closed mask would make narrower, by the rule of `resolved`.
    void narrow_before(const Layer& mask)
    {
        std::vector<std::size_t> between{mask.inputs()[0]};
        while (uses_[between.back()] == 1 && channelwise(network_[between.back()]))
            between.push_back(network_[between.back()].inputs()[0]);
        const std::size_t top = between.back();
        if (uses_[top] != 1 || !widens(network_[top]))
            return;
        for (const std::size_t layer : between)
            widths_[layer] = widths_.back();
    }

    const Network& network_;
    bool through_sums_;
    std::map<std::size_t, Tensor> gates_;
    std::vector<std::uint32_t> uses_;
    std::vector<Tensor> widths_;
};

}  // namespace

Tensor gumbel_softmax(const Tensor& logits, double temperature, Rng& rng, bool hard)
{
    if (!(temperature > 0))
        throw Error("the temperature of a Gumbel-softmax is more than 0");
    return translated("drawing a Gumbel-softmax", [&] {
        const Tensor noise = gumbel_noise(logits.sizes(), rng).to(logits.options());
        Tensor soft = logits.add(noise).div(temperature).softmax(-1);
        if (!hard)
            return soft;
        const Tensor largest = at::zeros_like(soft).scatter_(-1, soft.argmax(-1, /*keepdim=*/true), 1);
        return largest.add(soft.sub(soft.detach()));  // the difference is exactly 0
    });
}

std::vector<Tensor> expected_widths(const Network& network, const Gates& gates, bool through_sums)
{
    return translated("", [&] { return Widths(network, gates, through_sums).made(); });
}

}  // namespace espalier::torch_sdk
