// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>

#include <ATen/ops/empty_like.h>

#include "espalier/torch/tensors/gradient.hpp"

/// d f / d x, an element at a time, by central differences. @param x in double, contiguous. @param f gives a scalar.
inline at::Tensor finite_differences(const std::function<at::Tensor(const at::Tensor&)>& f, const at::Tensor& x,
                                     double step = 1e-5)
{
    at::Tensor slopes = at::empty_like(x);
    for (std::int64_t i = 0; i < x.numel(); ++i) {
        const auto moved = [&](double by) {
            const at::Tensor there = x.detach().clone();
            there.mutable_data_ptr<double>()[i] += by;
            return f(there).item<double>();
        };
        slopes.mutable_data_ptr<double>()[i] = (moved(step) - moved(-step)) / (2 * step);
    }
    return slopes;
}

/// The same by the graph.
inline at::Tensor graph_slopes(const std::function<at::Tensor(const at::Tensor&)>& f, const at::Tensor& x)
{
    const at::Tensor there = x.detach().clone().requires_grad_();
    return espalier::torch_sdk::gradients(f(there), std::span(&there, 1))[0];
}
