// SPDX-License-Identifier: Apache-2.0
#include "batch_norm.hpp"

#include <ATen/ops/batch_norm.h>
#include <ATen/ops/hardtanh.h>
#include <ATen/ops/zeros.h>
#include <c10/core/GradMode.h>

#include "espalier/error.hpp"

#include "operations.hpp"

namespace espalier::torch_sdk {
namespace {

/// A layer's share of what is as wide as the widest layer of its name.
Tensor leading(const Tensor& whole, std::int64_t channels)
{
    if (whole.size(0) < channels)
        throw Error("has more channels than these statistics were made for");
    return whole.size(0) == channels ? whole : whole.narrow(0, 0, channels);
}

/// Moves means over all examples seen by those of one more batch.
void accumulate(const Statistics::Running& running, const Tensor& mean, const Tensor& variance, std::int64_t examples)
{
    const c10::NoGradGuard no_gradients;
    const std::int64_t channels = mean.size(0);
    const Tensor seen = leading(running.examples, channels).add_(examples);
    const Tensor share = seen.reciprocal().mul(static_cast<double>(examples)).to(mean.scalar_type());
    leading(running.mean, channels).lerp_(mean, share);
    leading(running.variance, channels).lerp_(variance, share);
}

Tensor bounded(const Tensor& y, const normalising::Bounds& bounds)
{
    if (bounds.high < std::numeric_limits<float>::infinity())
        return at::hardtanh(y, bounds.low, bounds.high);
    return bounds.low == 0 ? y.relu() : y;
}

}  // namespace

Tensor batch_norm(const Layer& layer, const Tensor& x, const LayerWeights& own, const Weights& weights,
                  const ForwardOptions& options, const normalising::Bounds& bounds)
{
    const auto normalised = [&](const Tensor& mean, const Tensor& variance, double momentum) {
        const double eps = layer.spec().number("eps", 1e-5);
        if (options.mode == Mode::train && normalising::covers(x, own.weight, own.bias))
            return normalising::batch_norm(x, own.weight, own.bias, mean, variance, momentum, eps, bounds);
        Tensor y = at::batch_norm(laid_out(x), own.weight, own.bias, mean, variance, options.mode == Mode::train,
                                  momentum, eps, /*cudnn_enabled=*/true);
        if (y.requires_grad())  // several times as slow where a gradient lies otherwise than the images
            y.register_hook([](const Tensor& gradient) { return laid_out(gradient); });
        return bounded(y, bounds);
    };
    const auto running = [&](const Statistics& statistics) -> const Statistics::Running& {
        return statistics.at(layer.spec().weights);
    };
    const std::int64_t channels = x.size(1);
    if (options.mode == Mode::eval) {
        const auto& used = running(options.statistics != nullptr ? *options.statistics : weights.statistics());
        return normalised(leading(used.mean, channels), leading(used.variance, channels), 0);
    }
    if (options.statistics == nullptr)
        return normalised({}, {}, 0);
    if (x.numel() == channels)
        throw Error("has a single number a channel in this batch, which has no variance; give it more examples");
    const Statistics::Running& moved = running(*options.statistics);
    if (options.statistics->update() == Statistics::Update::momentum)
        return normalised(leading(moved.mean, channels), leading(moved.variance, channels),
                          layer.spec().number("momentum", 0.1));
    const Tensor mean = at::zeros(channels, moved.mean.options()), variance = at::zeros(channels, moved.mean.options());
    Tensor result = normalised(mean, variance, 1);  // a momentum of 1 leaves the batch's own statistics there
    accumulate(moved, mean, variance, x.size(0));
    return result;
}

}  // namespace espalier::torch_sdk
