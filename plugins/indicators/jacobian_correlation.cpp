// SPDX-License-Identifier: Apache-2.0
#include "jacobian_correlation.hpp"

#include <ATen/ATen.h>

#include "espalier/torch/tensors/gradient.hpp"

#include "batch_statistics.hpp"

namespace espalier::indicators {

Tensor input_jacobian(const Network& network, const torch_sdk::Weights& weights, const Tensor& x)
{
    const Tensor input = x.detach().requires_grad_(true);
    const Tensor logits = torch_sdk::forward(network, weights, input, batch_statistics());
    if (!logits.requires_grad())  // a network of zeros
        return at::zeros({x.size(0), x.numel() / x.size(0)}, x.options().memory_format(at::MemoryFormat::Contiguous));
    return torch_sdk::gradients(logits.sum(), {{input}}).front().flatten(1);
}

Tensor correlation(const Tensor& jacobian)
{
    Tensor rows = jacobian.to(at::kCPU, at::kDouble);
    rows = rows - rows.mean(1, true);
    const Tensor norms = rows.norm(2, 1, true);
    if (norms.min().item<double>() < 1e-12)
        return at::ones({rows.size(0), rows.size(0)}, rows.options());
    rows = rows / norms;
    return at::mm(rows, rows.t());
}

double correlations_below(const Tensor& correlation, double beta)
{
    return static_cast<double>(correlation.gt(0).logical_and(correlation.lt(beta)).sum().item<std::int64_t>());
}

double log_determinant_score(const Tensor& correlation)
{
    constexpr double kShift = 1e-5;
    const Tensor v = at::linalg_eigvalsh(correlation).clamp_min(0) + kShift;
    return -(v.log() + v.reciprocal()).sum().item<double>();
}

}  // namespace espalier::indicators
