// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "espalier/operation.hpp"
#include "espalier/torch/network/forward.hpp"

namespace espalier::torch_sdk {

/// One layer of a plug-in's operation, to be computed.
struct CustomLayer {
    const Layer& layer;
    std::span<const Tensor> inputs;  ///< each [examples, extents]; fewer examples than the batch where gates say so
    const LayerWeights& weights;     ///< those that the operation states, by their names, cut to this layer's extents
    const ForwardOptions& options;   ///< mode; `rng` for what is random in training mode
};

/// @return [examples, extents of the layer's shape], each example by itself. Differentiable, without changing its
/// inputs.
using Computation = Tensor (*)(const CustomLayer&);

/// `register_operation`, and how LibTorch computes it. Called by a plug-in's register function; the same may be
/// registered again. Stays until the process ends. Thread-safe.
/// @throws Error if core or another plug-in has an operation of this name.
ESPALIER_API void register_operation(const Operation&, Computation);

}  // namespace espalier::torch_sdk
