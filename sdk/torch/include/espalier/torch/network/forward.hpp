// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <map>

#include "espalier/rng.hpp"
#include "espalier/torch/network/weights.hpp"

namespace espalier::torch_sdk {

/// Of normalisations and dropout: `train` uses the batch's statistics, `eval` the running ones.
enum class Mode : std::uint8_t { train, eval };

/// Per open decision: [options] soft weights for the whole batch, or [batch, options] weights, usually 0 and 1, per
/// example. Gradients flow into them.
using Gates = std::map<std::size_t, Tensor>;

struct ForwardOptions {
    Mode mode = Mode::eval;
    /// Of every decision that the network has left open. Executed densely: a choice gives the sum over options of gate
    /// times input, a mask multiplies by the sum of its gated masks. `zero` contributes nothing; `otherwise` takes its
    /// second input for those examples for which the first is nothing.
    const Gates* gates = nullptr;
    bool update_statistics = true;  ///< in training mode: move the running mean and variance
    Rng* rng = nullptr;             ///< for dropout in training mode; may be null where the network has none
    /// Called after each layer with its first input (undefined for `input`) and its output.
    std::function<void(const Layer&, const Tensor& input, const Tensor& output)> observe = nullptr;
};

/// What the network computes for a batch. Images are made channels_last on the CPU. Differentiable unless the caller
/// holds an inference or no-gradient guard.
/// @param x [batch, extents of the network's input]; networks with several inputs take the overload.
/// @return [batch, extents of the network's output].
/// @throws Error naming the layer that cannot be computed, or the decision that has no gate.
ESPALIER_API Tensor forward(const Network&, const Weights&, const Tensor& x, const ForwardOptions& = {});
/// @param inputs in the order of the network's `input` layers.
ESPALIER_API Tensor forward(const Network&, const Weights&, std::span<const Tensor> inputs, const ForwardOptions& = {});

}  // namespace espalier::torch_sdk
