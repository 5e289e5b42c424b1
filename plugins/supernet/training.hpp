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

/// Trains a super-network, path by path; a step is an epoch.
class Training final : public Phase {
public:
    Training(std::shared_ptr<SuperNetwork> super, torch_sdk::Trainer trainer, PathSampler paths, int epochs)
        : super_{std::move(super)},
          trainer_{std::move(trainer)},
          paths_{std::move(paths)},
          epochs_{static_cast<std::size_t>(epochs)}
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
    std::size_t epochs_;
};

}  // namespace espalier::supernet
