// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>

#include "espalier/phase.hpp"
#include "espalier/torch/data/examples.hpp"
#include "espalier/torch/training/trainer.hpp"

#include "satisfaction.hpp"
#include "training.hpp"

namespace espalier::qos_nas {

/// A network that answers every request alike, which the method has to beat; it needs no controller.
struct Child {
    std::string name;
    Network network;
    torch_sdk::Weights weights;
    double ms;
};

/// Trains a child alone.
class ChildTraining final : public Phase {
public:
    ChildTraining(Child&, const Lessons&, const torch_sdk::Recipe&);
    bool step(Step&) override;
    std::optional<std::size_t> steps() const override { return steps_; }
    void save(const std::string& folder) const override { trainer_.save(folder); }
    void load(const std::string& folder) override { trainer_.load(folder); }

private:
    Child& child_;
    std::optional<std::size_t> steps_;
    torch_sdk::Trainer trainer_;
};

/// The policy that the controller prefers for most of the images at a request, as an architecture.
/// @param images so many of the training images are asked, those that come first.
Architecture constant_policy(Model&, const Lessons&, double rate, std::int64_t images);

/// The child of the meta-graph with this policy alone, with the weights that it has there now.
Child child_of(const Model&, const Architecture&, std::string name);

/// How fast and how accurate it is on examples.
FixedModel scored(const Child&, const torch_sdk::TensorData&, const torch_sdk::Examples&);

}  // namespace espalier::qos_nas
