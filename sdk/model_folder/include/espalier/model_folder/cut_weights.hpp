// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <span>

#include "espalier/model_folder/tensor_file.hpp"
#include "espalier/network.hpp"

namespace espalier {

/// The tensors of a network, running statistics among them, cut out of those of a super-network that it is a part of:
/// of each axis the first, of kernels the centre, as sdk/torch's `extracted` cuts them. Nothing where one is missing or
/// smaller, or is computed of a larger one (the attribute `transform` of `conv`).
std::optional<TensorFile> cut_weights(const Network&, std::span<const StoredTensor> of_super_network);

}  // namespace espalier
