// SPDX-License-Identifier: Apache-2.0
#include "ntk_condition.hpp"

#include <cmath>

#include <ATen/ATen.h>

#include "espalier/torch/gradient.hpp"

#include "batch_statistics.hpp"

namespace espalier::indicators {

Tensor tangent_kernel(const Network& network, const torch_sdk::Weights& weights, const Tensor& x)
{
    std::vector<Tensor> parameters;
    for (const torch_sdk::NamedTensor& tensor : weights.tensors())
        if (tensor.trainable && tensor.name.ends_with("weight"))
            parameters.push_back(tensor.value);
    const std::int64_t samples = x.size(0);
    const Tensor logits = torch_sdk::forward(network, weights, x, batch_statistics());
    if (!logits.requires_grad() || parameters.empty())
        return at::zeros({samples, samples}, at::kDouble);
    std::vector<Tensor> rows;
    for (std::int64_t i = 0; i < samples; ++i) {
        std::vector<Tensor> row = torch_sdk::gradients(logits[i].sum(), parameters, i + 1 < samples);
        for (Tensor& gradient : row)
            gradient = gradient.flatten();
        rows.push_back(at::cat(row));
    }
    const Tensor gradients = at::stack(rows).to(at::kCPU, at::kDouble);
    return at::mm(gradients, gradients.t());
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
