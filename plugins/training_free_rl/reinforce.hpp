// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "espalier/setup.hpp"
#include "espalier/strategy.hpp"

#include "controller.hpp"

namespace espalier::training_free_rl {

/// Tran and Bae, "Training-Free Hardware-Aware Neural Architecture Search with Reinforcement Learning", JBE 26(7),
/// 2021: a recurrent controller names one option per decision and is trained with REINFORCE (Williams, 1992) on
/// R(m) = score(m) * R_LAT(m), which is the experiment's `reward`. The best feasible architecture that was visited
/// wins, by the experiment's objective.
///
/// Deviation: the paper does not mention a baseline. Without one the policy does not learn in 500 epochs at its
/// learning rate, so a moving average of rewards is subtracted. `baseline_momentum: 0` is the paper to the letter.
class Reinforce final : public Strategy {
public:
    struct Options {
        int epochs = 500, samples = 1, hidden = 100;
        std::string cell = "lstm";
        double learning_rate = 5e-4, baseline_momentum = 0.9;
        double entropy_bonus = 0, temperature = 0, tanh_constant = 0;
        int policy_samples = 100;
        static void describe(Describe<Options>&);
    };
    /// @throws Error if the experiment has no reward.
    Reinforce(const Options&, const Setup&);

    void search(Search&) override;

private:
    bool feasible(const Metrics&) const;
    void describe_policy(Search&, const Controller&) const;

    Options options_;
    std::vector<Constraint> constraints_;
};

}  // namespace espalier::training_free_rl
