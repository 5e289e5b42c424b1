// SPDX-License-Identifier: Apache-2.0
#include "espalier/torch/tensors/gradient.hpp"

#include <ATen/ops/zeros_like.h>
#include <torch/csrc/autograd/autograd.h>

namespace espalier::torch_sdk {

std::vector<Tensor> gradients(const Tensor& output, std::span<const Tensor> inputs, bool keep_graph)
{
    const std::vector<Tensor> wanted(inputs.begin(), inputs.end());
    const Tensor sum = output.sum();
    std::vector<Tensor> found(wanted.size());
    if (sum.requires_grad())  // a disconnected network computes a constant
        found = torch::autograd::grad({sum}, wanted, {}, keep_graph, /*create_graph=*/false, /*allow_unused=*/true);
    for (std::size_t i = 0; i < found.size(); ++i) {
        if (!found[i].defined())
            found[i] = at::zeros_like(wanted[i]);
    }
    return found;
}

}  // namespace espalier::torch_sdk
