// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <span>
#include <vector>

#include "espalier/torch/network/operation.hpp"

namespace espalier::torch_sdk {

/// The parts of the tensors behind its weight name that a layer uses, differentiable.
/// @throws Error if there are none of that name, or they are smaller.
LayerWeights parts(const Layer&, const Weights&);

/// Computes one plain layer from its inputs, each [batch, extents].
/// @throws Error for operations that nobody here can compute.
Tensor computed(const Layer&, std::span<const Tensor> inputs, const Weights&, const ForwardOptions&);

/// The same of a plug-in's operation. @throws Error where no plug-in has registered it, or it gives another shape.
Tensor custom(const CustomLayer&);

/// Images (four extents) in channels_last on the CPU, where that is faster; anything else unchanged.
Tensor laid_out(const Tensor&);

/// The axis of channels or features of an output, counted with the batch.
std::int64_t channel_axis(const Shape&);

/// Of `choice` and `channel_mask`: to which option of the decision the k-th input or width belongs.
std::size_t option_of(const Layer&, std::size_t k);
std::vector<std::size_t> options_of(const Layer&);
std::vector<std::int64_t> widths_of(const Layer&);

}  // namespace espalier::torch_sdk
