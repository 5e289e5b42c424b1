// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>

#include "espalier/model_folder/tensor_file.hpp"

namespace espalier::torch_sdk {
using at::Tensor;

/// Named tensors as a file has them.
class Stored {
public:
    /// @throws Error for a type that the layout has not.
    explicit Stored(const std::vector<std::pair<std::string, Tensor>>&);
    const std::vector<StoredTensor>& tensors() const { return tensors_; }

private:
    std::vector<Tensor> plain_;  // on the CPU, row by row: what the stored ones point to
    std::vector<StoredTensor> tensors_;
};

/// Copies.
std::vector<std::pair<std::string, Tensor>> tensors_in(const TensorFile&);

}  // namespace espalier::torch_sdk
