// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <deque>

#include "espalier/option.hpp"
#include "espalier/setup.hpp"
#include "espalier/strategy.hpp"

namespace espalier::evolution {

/// Aging evolution: Real et al., "Regularized Evolution for Image Classifier Architecture Search" (AAAI 2019),
/// Algorithm 1. A mutation moves one decision, drawn uniformly, to another of its options, drawn uniformly.
///
/// Differs from the paper where more than one child is in flight: its parent is drawn before the older children have
/// entered the population. With `in_flight: 1` the two are the same. A child that is infeasible or failed, or whose
/// number is not finite (which is noted), enters the population as worse than any other.
class AgingEvolution final : public Strategy {
public:
    struct Options {
        int population = 100, sample = 25, in_flight = 1;
        static void describe(Describe<Options>&);
    };
    /// @throws OptionError unless sample <= population. @throws Error if there is neither a reward nor exactly one
    /// objective, or nothing to mutate.
    AgingEvolution(const Options&, const Setup&);
    void search(Search&) override;

private:
    struct Member {
        Architecture architecture;
        double fitness;
    };
    Architecture proposal(const std::deque<Member>&, const Region& all, Rng&) const;
    const Member& fittest_of_sample(const std::deque<Member>&, Rng&) const;
    /// The reward, or the only objective, larger is better; -infinity unless ok and finite.
    double fitness(const Search&, const Evaluation&) const;
    Options options_;
    bool rewarded_;
};

}  // namespace espalier::evolution
