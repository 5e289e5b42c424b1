// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <map>

#include "espalier/rng.hpp"
#include "espalier/torch/network/weights.hpp"

namespace espalier::torch_sdk {

/// Of batch normalisation and dropout: `train` normalises by the batch's statistics, `eval` by running ones.
enum class Mode : std::uint8_t { train, eval };

/// Per open decision: [options] soft weights for the whole batch, or [batch, options] weights, usually 0 and 1, per
/// example. Gradients flow into them.
using Gates = std::map<std::size_t, Tensor>;

/// What gates per example cost in evaluation mode. `dense`: every layer is computed for every example. `gathered`: for
/// the examples that need it, whose rows are taken out and put back; the numbers agree to rounding. `automatic`: as
/// `gathered`, but all where nearly all need it. In training mode and for gates that require gradients always dense.
enum class GateExecution : std::uint8_t { dense, gathered, automatic };

struct ForwardOptions {
    Mode mode = Mode::eval;
    /// Of every decision that the network has left open. A choice gives the sum over options of gate times input, a
    /// mask multiplies by the sum of its gated masks. `zero` contributes nothing; `otherwise` takes its second input
    /// for those examples for which the first is nothing.
    const Gates* gates = nullptr;
    GateExecution execution = GateExecution::automatic;
    /// Of batch normalisation. In training mode those that the batch moves (null: nobody's); in evaluation mode those
    /// that it is normalised by, only read (null: the weights' own).
    Statistics* statistics = nullptr;
    Rng* rng = nullptr;  ///< for dropout in training mode; may be null where the network has none
    /// Called after each layer that is computed with its first input (undefined for `input`) and its output, both
    /// [rows, ...] of the examples for which it is computed; undefined where they are nothing.
    std::function<void(const Layer&, const Tensor& input, const Tensor& output)> observe = nullptr;
};

/// What the network computes for a batch. Images are made channels_last on the CPU. Differentiable unless the caller
/// holds an inference or no-gradient guard. Changes nothing but `options.statistics` and `options.rng`: calls from
/// several threads that share neither are safe, on one set of weights too.
/// @param x [batch, extents of the network's input]; networks with several inputs take the overload.
/// @return [batch, extents of the network's output].
/// @throws Error naming the layer that cannot be computed, or the decision that has no gate.
ESPALIER_API Tensor forward(const Network&, const Weights&, const Tensor& x, const ForwardOptions& = {});
/// @param inputs in the order of the network's `input` layers.
ESPALIER_API Tensor forward(const Network&, const Weights&, std::span<const Tensor> inputs, const ForwardOptions& = {});

/// Statistics for one architecture of a super-network, as exact means over `next`'s batches: weights that were trained
/// with many architectures do not fit the running statistics that all of them moved. (Once-for-all and single-path
/// methods do so before each validation; they differ in whether a batch's variance is biased, which changes it by a
/// factor of 1 - 1/(batch * height * width).)
/// @param next gives [batch, extents of the input], undefined at the end; networks with several inputs take the
/// overload, for which it gives all of them, and none at the end.
/// @param options gates, execution, `rng` for dropout; mode and statistics are not asked.
ESPALIER_API Statistics recalibrated(const Network&, const Weights&, const std::function<Tensor()>& next,
                                     ForwardOptions options = {});
ESPALIER_API Statistics recalibrated(const Network&, const Weights&, const std::function<std::vector<Tensor>()>& next,
                                     ForwardOptions options = {});

}  // namespace espalier::torch_sdk
