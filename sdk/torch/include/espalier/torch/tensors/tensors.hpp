// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>

#include "espalier/export.hpp"

namespace espalier::torch_sdk {
using at::Tensor;

/// What may be said beside tensors: text by name.
using TensorNotes = std::map<std::string, std::string>;

/// Writes named tensors and notes into one file in the layout of safetensors, which others read, with a check sum:
/// docs/models.md. Written beside and renamed, so the file is whole or absent. Memory format is not kept.
/// @throws Error naming the file, also for two tensors of one name and for types that the layout has not.
ESPALIER_API void save_tensors(const std::string& file, const std::vector<std::pair<std::string, Tensor>>&,
                               const TensorNotes& = {});

/// The tensors in the order written, contiguous, on the CPU.
/// @param notes if given, receives what was said beside them.
/// @throws Error naming the file if it is missing, cut short, changed, or not written by `save_tensors`.
ESPALIER_API std::vector<std::pair<std::string, Tensor>> load_tensors(const std::string& file,
                                                                      TensorNotes* notes = nullptr);

}  // namespace espalier::torch_sdk
