// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>

#include "espalier/export.hpp"

namespace espalier::torch_sdk {
using at::Tensor;

/// Writes named tensors into one file: a header, then per tensor its name, type, extents and numbers, then a check sum.
/// Written beside and renamed, so the file is whole or absent. Memory format is not kept.
/// @throws Error naming the file.
ESPALIER_API void save_tensors(const std::string& file, const std::vector<std::pair<std::string, Tensor>>&);

/// The tensors in the order written, contiguous, on the CPU.
/// @throws Error naming the file if it is missing, cut short, changed, or not such a file.
ESPALIER_API std::vector<std::pair<std::string, Tensor>> load_tensors(const std::string& file);

}  // namespace espalier::torch_sdk
