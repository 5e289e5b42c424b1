// SPDX-License-Identifier: Apache-2.0
#include "convolution.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/convolution_backward.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/custom_function.h>

#include "correlation.hpp"

namespace espalier::torch_sdk::depthwise {
namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// Images whose weight gradients are added up in one go. What is added in which order must not depend on threads.
constexpr std::int64_t kImages = 8;
/// Multiply-adds that are worth a thread: some 20 microseconds.
constexpr std::int64_t kWorthAThread = 1 << 20;

/// The widest that this machine has and these channels fill. LibTorch knows the machine, and obeys ATEN_CPU_CAPABILITY.
const Loops& loops_for(std::int64_t channels)
{
#ifdef __x86_64__
    static const std::string capability = at::get_cpu_capability();
    const bool avx512 = capability == "AVX512", avx2 = avx512 || capability == "AVX2";
    if (avx512 && channels >= kLoopsAvx512.width)
        return kLoopsAvx512;
    if (avx2 && channels >= kLoopsAvx2.width)
        return kLoopsAvx2;
#endif
    return kLoops;
}

Tensor laid_out(const Tensor& x)
{
    return x.contiguous(at::MemoryFormat::ChannelsLast);
}

/// The gradients of a convolution of one size.
class Gradients {
public:
    Gradients(const Tensor& x, const Tensor& weight, at::IntArrayRef stride, at::IntArrayRef pad,
              at::IntArrayRef dilation)
        : loops_{loops_for(x.size(1))}, stripes_{x.size(1), loops_.width}, batch_{x.size(0)}
    {
        for (std::size_t i = 0; i < 2; ++i) {
            const auto axis = static_cast<std::int64_t>(i) + 2;
            Axis& a = axes_[i] = {x.size(axis), 0, weight.size(axis), stride[i], pad[i], dilation[i]};
            a.out = (a.in + 2 * a.pad - a.dilation * (a.kernel - 1) - 1) / a.stride + 1;
        }
    }

    Tensor input_gradient(const Tensor& g, const Tensor& weight) const
    {
        const Plan plan = Plan::input_gradient(axes_[0], axes_[1], stripes_);
        const Tensor images = laid_out(g), kernels = vector_by_vector(weight);
        const auto* const kernel = kernels.const_data_ptr<float>();
        Tensor result = at::empty({batch_, stripes_.channels(), axes_[0].in, axes_[1].in},
                                  at::TensorOptions(at::kFloat), at::MemoryFormat::ChannelsLast);
        auto* const out = result.mutable_data_ptr<float>();
        const std::int64_t stripes = stripes_.count();
        in_parallel(plan, batch_ * stripes, 1, [&](std::int64_t begin, std::int64_t end, float* memory) {
            for (std::int64_t i = begin; i < end; ++i)
                loops_.correlate(plan.correlation(), stripes_[i % stripes], image(images, i / stripes), kernel,
                                 out + i / stripes * result.stride(0), memory);
        });
        return result;
    }

    Tensor weight_gradient(const Tensor& x, const Tensor& g) const
    {
        const Plan plan = Plan::forward(axes_[0], axes_[1], stripes_);
        const Tensor images = laid_out(x), gradients = laid_out(g);
        const std::int64_t parts = (batch_ + kImages - 1) / kImages, stripes = stripes_.count();
        const Tensor sums = at::zeros({parts, stripes_.vectors(), kernel_size(), stripes_.width()}, at::kFloat);
        auto* const sum = sums.mutable_data_ptr<float>();
        in_parallel(plan, parts * stripes, kImages, [&](std::int64_t begin, std::int64_t end, float* memory) {
            for (std::int64_t next; begin < end; begin = next) {
                const std::int64_t part = begin / stripes, first = part * kImages;
                next = std::min(end, (part + 1) * stripes);
                for (std::int64_t n = first; n < std::min(batch_, first + kImages); ++n) {
                    for (std::int64_t i = begin; i < next; ++i)
                        loops_.accumulate(plan.correlation(), stripes_[i % stripes], image(images, n),
                                          image(gradients, n), sum + part * sums.stride(0), memory);
                }
            }
        });
        return channel_by_channel(sums);
    }

private:
    static const float* image(const Tensor& x, std::int64_t n) { return x.const_data_ptr<float>() + n * x.stride(0); }

    std::int64_t kernel_size() const { return axes_[0].kernel * axes_[1].kernel; }

    /// Calls work(begin, end, memory) for parts of `tasks`, each a stripe of so many images.
    template <class Work>
    void in_parallel(const Plan& plan, std::int64_t tasks, std::int64_t images, const Work& work) const
    {
        const std::int64_t cost = images * axes_[0].out * axes_[1].out * kernel_size() * stripes_.largest();
        const Tensor memory = at::empty({at::get_num_threads(), plan.floats()}, at::kFloat);
        auto* const first = memory.mutable_data_ptr<float>();
        at::parallel_for(0, tasks, std::max<std::int64_t>(1, kWorthAThread / cost),
                         [&](auto begin, auto end) { work(begin, end, first + at::get_thread_num() * plan.floats()); });
    }

    /// Calls act(place channel by channel, place vector by vector) for each number of the kernels.
    template <class Act>
    void for_all(const Act& act) const
    {
        const std::int64_t width = stripes_.width(), size = kernel_size();
        for (std::int64_t v = 0; v < stripes_.vectors(); ++v) {
            for (std::int64_t i = 0; i < size * width; ++i)
                act((stripes_.first(v) + i % width) * size + i / width, v * size * width + i);
        }
    }

    /// Kernels, [channels, 1, height, width], as the loops want them.
    Tensor vector_by_vector(const Tensor& weight) const
    {
        const Tensor by_channel = weight.contiguous();
        Tensor by_vector = at::empty({stripes_.vectors(), kernel_size(), stripes_.width()}, at::kFloat);
        const auto* const from = by_channel.const_data_ptr<float>();
        auto* const to = by_vector.mutable_data_ptr<float>();
        for_all([&](std::int64_t channel, std::int64_t vector) { to[vector] = from[channel]; });
        return by_vector;
    }

    /// [channels, 1, height, width] from the parts of a sum by vectors.
    Tensor channel_by_channel(const Tensor& parts) const
    {
        Tensor by_channel = at::empty({stripes_.channels(), 1, axes_[0].kernel, axes_[1].kernel}, at::kFloat);
        const auto* const from = parts.const_data_ptr<float>();
        auto* const to = by_channel.mutable_data_ptr<float>();
        for_all([&](std::int64_t channel, std::int64_t vector) {
            float sum = 0;
            for (std::int64_t part = 0; part < parts.size(0); ++part)
                sum += from[part * parts.stride(0) + vector];
            to[channel] = sum;
        });
        return by_channel;
    }

    const Loops& loops_;
    Stripes stripes_;
    std::int64_t batch_;
    std::array<Axis, 2> axes_;
};

class Differentiable : public torch::autograd::Function<Differentiable> {
public:
    static Tensor forward(AutogradContext* context, const Tensor& x, const Tensor& weight,
                          const std::optional<Tensor>& bias, const Window& window)
    {
        context->save_for_backward({x, weight});
        context->saved_data["bias"] = bias.has_value();
        context->saved_data["stride"] = at::IntArrayRef(window.stride);
        context->saved_data["pad"] = at::IntArrayRef(window.pad);
        context->saved_data["dilation"] = at::IntArrayRef(window.dilation);
        return laid_out(
            at::conv2d(x, weight, bias, window.stride, at::IntArrayRef(window.pad), window.dilation, x.size(1)));
    }

    static variable_list backward(AutogradContext* context, const variable_list& gradients)
    {
        const variable_list saved = context->get_saved_variables();
        const Tensor &x = saved[0], &weight = saved[1], &g = gradients[0];
        const std::vector<std::int64_t> stride = context->saved_data["stride"].toIntVector(),
                                        pad = context->saved_data["pad"].toIntVector(),
                                        dilation = context->saved_data["dilation"].toIntVector();
        const std::array<bool, 3> wanted{context->needs_input_grad(0), context->needs_input_grad(1),
                                         context->saved_data["bias"].toBool() && context->needs_input_grad(2)};
        Tensor dx, dw, db;
        if (c10::GradMode::is_enabled()) {  // this gradient is to be differentiated
            const std::int64_t groups = x.size(1);
            std::tie(dx, dw, db) =
                at::convolution_backward(g, x, weight, at::IntArrayRef(groups), stride, pad, dilation,
                                         /*transposed=*/false, {0, 0}, groups, wanted);
            return {dx, dw, db, Tensor()};
        }
        const Gradients own(x, weight, stride, pad, dilation);
        if (wanted[0])
            dx = own.input_gradient(g, weight);
        if (wanted[1])
            dw = own.weight_gradient(x, g);
        if (wanted[2])
            db = g.sum({0, 2, 3});
        return {dx, dw, db, Tensor()};
    }
};

}  // namespace

bool covers(const Tensor& x, const Tensor& weight, const Window& window)
{
    const bool large =
        std::max(weight.size(2), weight.size(3)) > 3 || window.dilation != std::array<std::int64_t, 2>{1, 1};
    return large && c10::GradMode::is_enabled() && (x.requires_grad() || weight.requires_grad()) && x.is_cpu() &&
           x.scalar_type() == at::kFloat && weight.scalar_type() == at::kFloat && x.size(1) >= kLoops.width &&
           weight.size(0) == x.size(1) && weight.size(1) == 1;
}

Tensor convolution(const Tensor& x, const Tensor& weight, const Tensor& bias, const Window& window)
{
    return Differentiable::apply(x, weight, bias.defined() ? std::optional(bias) : std::nullopt, window);
}

}  // namespace espalier::torch_sdk::depthwise
