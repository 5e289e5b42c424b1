// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "espalier/evaluator.hpp"
#include "espalier/option.hpp"
#include "espalier/setup.hpp"
#include "espalier/torch/data/examples.hpp"

#include "training.hpp"

namespace espalier::train {

/// Trains each candidate from scratch, as a phase that is saved after every epoch, and says how well it does.
/// Everything random depends on the option `seed` and the candidate, so results are shared between runs.
class Train final : public Evaluator {
public:
    struct Options : torch_sdk::Recipe {
        double validation = 0.1;
        std::string score_on = "test";
        std::uint64_t seed = 1;
        Use<SearchSpace> space = {};
        static void describe(Describe<Options>&);
    };
    /// @throws OptionError if the nested space has other decisions than the experiment's.
    /// @throws Error if the space's networks do not fit the data, or the data have no tensors.
    Train(const Options&, const Setup&);

    /// What the data's task scores, `top1_pct` for classes, of the test split or of held-out examples; and
    /// `train_loss`, the mean of the last epoch.
    std::vector<std::string> metrics() const override;
    std::vector<Evaluation> evaluate(std::span<const Candidate>, Context&) override;
    /// A model folder of the finished training.
    bool save(const Candidate&, const std::string& folder, Context&) override;
    std::uint64_t seed() const override { return seed_; }

private:
    struct Run;                                    // one candidate's training with what it refers to
    torch_sdk::TrainingExamples examples() const;  // which ones depends on the seed only
    Evaluation trained(const Candidate&, Context&) const;
    Network network(const Candidate&) const;

    torch_sdk::Recipe recipe_;
    std::uint64_t seed_;
    double validation_;
    bool on_test_;
    torch_sdk::Replication replication_;
    const torch_sdk::TensorData& data_;
    std::unique_ptr<SearchSpace> space_;  ///< null: the candidate's own
};

}  // namespace espalier::train
