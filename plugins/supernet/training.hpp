// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>

#include "espalier/phase.hpp"
#include "espalier/torch/data/examples.hpp"
#include "espalier/torch/training/trainer.hpp"

#include "paths.hpp"

namespace espalier::supernet {

/// All networks of a region in one, with the weights that they share and the examples that they know.
struct SuperNetwork {
    Region region;
    Network network;
    torch_sdk::Weights weights;
    torch_sdk::TrainingExamples examples;
};

/// Trains a super-network, path by path; a step is an epoch. Notes how many steps of descent there were so far, as
/// `iterations`, and the smoothed loss, of the second training as "iterations (2)" and so on.
class Training final : public Phase {
public:
    Training(std::shared_ptr<SuperNetwork> super, torch_sdk::Trainer trainer, PathSampler paths,
             std::optional<std::size_t> epochs, int count)
        : super_{std::move(super)},
          trainer_{std::move(trainer)},
          paths_{std::move(paths)},
          epochs_{epochs},
          count_{count}
    {
    }

    bool step(Step&) override;
    std::optional<std::size_t> steps() const override { return epochs_; }
    void save(const std::string& folder) const override { trainer_.save(folder); }
    void load(const std::string& folder) override { trainer_.load(folder); }

private:
    std::shared_ptr<SuperNetwork> super_;  // which the others refer to
    torch_sdk::Trainer trainer_;
    PathSampler paths_;
    std::optional<std::size_t> epochs_;
    int count_;  ///< which training of its evaluator it is, from 1
};

}  // namespace espalier::supernet
