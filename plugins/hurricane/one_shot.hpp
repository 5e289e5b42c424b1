// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "espalier/option.hpp"
#include "espalier/search.hpp"
#include "espalier/setup.hpp"

namespace espalier::hurricane {

/// Constrained one-shot search of a region: the evaluator is trained on it, then the evolution of Guo et al., "Single
/// Path One-Shot Neural Architecture Search with Uniform Sampling" (ECCV 2020) looks for its best architecture under
/// the constraints on costs. Nothing is evaluated twice, and nothing that a cost model says is infeasible.
class OneShot {
public:
    struct Options {
        int population = 50, generations = 20, parents = 10;
        double mutation = 0.1, mutants = 0.5;
        static void describe(Describe<Options>&);
    };
    /// @throws Error if there is neither a reward nor exactly one objective, OptionError for more parents than members.
    OneShot(const Options&, const Setup&);

    /// @param stage names phase, random numbers and notes. @param evaluations at most.
    /// @return the best of all that was evaluated; none: nothing could be. @throws Error if nothing in `region` keeps
    /// the constraints, before anything is trained, with the least costs that were found.
    std::optional<Evaluation> best(Search&, const std::string& stage, const Region&, std::size_t evaluations) const;

private:
    Options options_;
    std::vector<Constraint> constraints_, on_costs_;  ///< all, and those on costs, which are known beforehand
    bool by_reward_;
};

}  // namespace espalier::hurricane
