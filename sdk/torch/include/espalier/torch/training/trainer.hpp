// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "espalier/phase.hpp"
#include "espalier/torch/network/forward.hpp"
#include "espalier/torch/training/optimiser.hpp"
#include "espalier/torch/training/recipe.hpp"

namespace espalier::torch_sdk {

/// Learning from another network's outputs instead of from the labels alone.
struct Distillation {
    double share = 1;  ///< of the loss; the labels have the rest
    double temperature = 1;
};

/// One network whose gradients are part of a step.
struct Path {
    Network network;
    std::optional<Distillation> from_first = std::nullopt;  ///< learns from the outputs of the step's first path
    Gates gates = {};  ///< of the decisions that the network leaves open, [options] or, by example, [batch, options]
};

/// What one batch moves: the weights, or, with `instead`, what the paths' gates are made of.
struct Descent {
    std::vector<Path> paths;
    Optimiser* instead = nullptr;  ///< steps in place of the weights' own, which stay, with gradients through the gates
    /// With `instead`: added to the loss, a scalar; undefined: nothing. Without paths it is all there is, and counts in
    /// no loss of the training.
    Tensor penalty = {};
};

/// A batch and its place in its epoch.
struct BatchPlace {
    std::int64_t index, count;
    const Batch& batch;  ///< where the weights are
};

/// How a batch is shared out. Results depend on the number of replicas.
struct Replication {
    int replicas = 1;
    int threads = 1;  ///< of LibTorch's for each
};

/// Trains named weights by gradient descent, an epoch a call; all that train go through it. Only what a step's paths
/// touch moves: other weights keep their values, momentum and moments, bit by bit.
///
/// With several replicas each has a part of every batch and normalises by that part's statistics; gradients are added
/// up in their order, weighted by their parts' sizes. The weights' running statistics are those of the first.
class ESPALIER_API Trainer {
public:
    /// The networks of one step, drawn anew for each batch; the gradients of their losses are added up.
    using Paths = std::function<std::vector<Path>(Rng&)>;
    /// The same, and what moves.
    using Descents = std::function<Descent(const BatchPlace&, Rng&)>;

    /// Where the weights are is where it computes. @param weights,data,examples are lent.
    Trainer(Weights& weights, const TensorData& data, std::span<const std::int64_t> examples, const Recipe&,
            const Replication& = {});
    Trainer(Trainer&&) noexcept;
    ~Trainer();

    /// Passes over the examples once, as the step of that index, or less if the loss is low enough (`until_loss`).
    /// Behind the last one the weights are their average, if there is one. @return whether there is more to do.
    /// @throws Error if it is to stop, or the loss is no longer finite, naming step and learning rate.
    bool epoch(Phase::Step&, const Paths&);
    bool epoch(Phase::Step&, const Descents&);
    double loss() const;           ///< mean over the last epoch, with label smoothing as in training
    double smoothed_loss() const;  ///< moving average over the steps so far, 0.98 of it what it was before
    std::int64_t steps() const;    ///< made so far

    /// Weights, optimiser, average and losses: what a training that goes on needs. @throws Error naming the file.
    void save(const std::string& folder) const;
    void load(const std::string& folder);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace espalier::torch_sdk
