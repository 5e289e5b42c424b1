// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "host/experiment/components.hpp"
#include "host/store/store.hpp"

namespace espalier::host {

/// Larger is better; minus infinity where the reward is no number, which has no order, or where it throws an Error,
/// whose sentence `refused` gets.
double rewarded(const Reward&, const Metrics&, std::string& refused);
/// ok, every constraint's and objective's metric is there and within bounds, and none of those was filled in
/// (`<metric>_filled` is 1: the table had no value and the option `fill` gave one).
bool may_win(const Experiment&, const Evaluation&);
/// Whether the value of a metric was filled in where there was none.
bool filled(const Metrics&, const std::string& metric);

/// Gives an evaluation by number: many are not kept as such.
using EvaluationOf = std::function<Evaluation(std::size_t)>;

/// What makes an evaluation better than another, as the experiment says.
class WinnerRule {
public:
    /// Both are lent.
    WinnerRule(const Experiment&, const Components&);

    bool eligible(const Evaluation& evaluation) const { return may_win(experiment_, evaluation); }
    /// Numbers of the eligible ones of `all` evaluations. One objective: the best first, ties by lower costs, then by
    /// index. Several: the non-dominated front sorted by the first objective, then the front behind it, and so on.
    /// None: by reward, without those whose reward is minus infinity. O(n log n) for up to two objectives.
    std::vector<std::size_t> ranked(std::size_t all, const EvaluationOf& at) const { return ranking(all, at).order; }
    /// The first of `ranked`: one, or for several objectives the first front.
    std::vector<std::size_t> winners(std::size_t all, const EvaluationOf& at) const;
    /// Why there is no winner: names the evaluation that breaks the constraints least, and the smallest and largest
    /// values that were seen of what they bound.
    std::string nothing_feasible(std::span<const Evaluation> all) const;
    /// Its metrics, and under `reward` what the experiment's reward makes of them, if it has one.
    Metrics shown(const Evaluation&) const;

private:
    bool by_reward() const { return experiment_.objectives.empty() && parts_.reward; }
    double reward(const Evaluation&, std::string& refused) const;
    std::vector<double> scores(const Evaluation&) const;  // larger is better
    std::vector<double> costs(const Evaluation&) const;
    struct Ranking {
        std::vector<std::size_t> order;
        std::size_t winners = 0;
    };
    Ranking ranking(std::size_t all, const EvaluationOf& at) const;

    const Experiment& experiment_;
    const Components& parts_;
    std::vector<std::string> cost_metrics_;
};

}  // namespace espalier::host
