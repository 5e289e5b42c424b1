// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <span>
#include <vector>

#include <ATen/core/Tensor.h>

#include "espalier/export.hpp"

namespace espalier::torch_sdk {
using at::Tensor;

/// d(sum of `output`) / d(each of `inputs`), each in its input's shape. Inputs that `output` does not depend on get
/// zeros. Touches nobody's `.grad`.
/// @param keep_graph needed for every call but the last on one graph.
ESPALIER_API std::vector<Tensor> gradients(const Tensor& output, std::span<const Tensor> inputs,
                                           bool keep_graph = false);

}  // namespace espalier::torch_sdk
