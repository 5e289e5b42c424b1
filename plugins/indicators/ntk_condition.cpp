// SPDX-License-Identifier: Apache-2.0
#include "ntk_condition.hpp"

#include <cmath>

#include <ATen/ops/linalg_eigvalsh.h>
#include <ATen/ops/mm.h>

#include "sample_gradients.hpp"

namespace espalier::indicators {

Tensor tangent_kernel(const Network& network, const torch_sdk::Weights& weights, const Tensor& x)
{
    std::optional<Tensor> gradients = sample_gradients_at_once(network, weights, x);
    if (!gradients)
        gradients = sample_gradients_one_by_one(network, weights, x);
    const Tensor rows = gradients->to(at::kCPU, at::kDouble);
    return at::mm(rows, rows.t());
}

double inverse_condition(const Tensor& kernel)
{
    const Tensor eigenvalues = at::linalg_eigvalsh(kernel.to(at::kCPU, at::kDouble));  // ascending
    const double smallest = eigenvalues[0].item<double>(), largest = eigenvalues[-1].item<double>();
    if (!(smallest > 0) || !std::isfinite(largest))
        return 0;
    return smallest / largest;
}

}  // namespace espalier::indicators
