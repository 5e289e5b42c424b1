// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "espalier/evaluator.hpp"
#include "espalier/option.hpp"
#include "espalier/setup.hpp"
#include "espalier/torch/network/statistics.hpp"
#include "espalier/torch/training/recipe.hpp"

#include "path_constraint.hpp"
#include "paths.hpp"
#include "training.hpp"

namespace espalier::supernet {

/// Trains all networks of a space, or of a region, as one whose parts share their weights, and scores an architecture
/// by its part with normalisation statistics of its own.
class Supernet final : public Evaluator {
public:
    struct Options : torch_sdk::Recipe {
        Use<SearchSpace> space = {};
        Sampling sampling;
        PathConstraint::Options sample;
        int recalibrate = 2000, recalibration_batch = 200;
        double validation = 0.1;
        bool inherit = false;
        std::uint64_t seed = 1;
        static void describe(Describe<Options>&);
    };
    /// @throws OptionError if the nested space has other decisions than the experiment's.
    /// @throws Error for a space whose networks do not fit the data or cannot be one, and data without tensors.
    Supernet(const Options&, const Setup&);

    /// What the data's task scores, and `loss`, of examples held out.
    std::vector<std::string> metrics() const override;
    bool trains() const override { return true; }
    std::unique_ptr<Phase> training(const Region&, Sampler paths) override;
    std::vector<Evaluation> evaluate(std::span<const Candidate>, Context&) override;
    /// A model folder with the weights of the candidate alone.
    bool save(const Candidate&, const std::string& folder, Context&) override;
    std::uint64_t seed() const override { return options_.seed; }

private:
    Evaluation scored(const Candidate&, Context&) const;
    Network part(const Candidate&) const;
    torch_sdk::Statistics recalibrated(const Network&, const Context&) const;
    Metrics metrics(const Network&, torch_sdk::Statistics&, const Context&) const;

    Options options_;
    torch_sdk::Replication replication_;
    std::unique_ptr<SearchSpace> own_space_;  ///< null: that of the experiment
    const SearchSpace& space_;
    const torch_sdk::TensorData& data_;
    c10::Device device_;
    std::unique_ptr<PathConstraint> constraint_;  ///< null: none
    int trainings_ = 0;                           ///< made so far
    std::shared_ptr<SuperNetwork> super_;         ///< of the last training; null before the first
};

}  // namespace espalier::supernet
