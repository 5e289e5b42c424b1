// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "espalier/moo/search_genomes.hpp"
#include "espalier/option.hpp"
#include "espalier/registry.hpp"
#include "espalier/setup.hpp"
#include "espalier/strategy.hpp"

namespace espalier::evolution {

/// A method of `espalier::moo` whose genomes are evaluated for real: asks it for a batch, evaluates, tells it, until
/// the budget is spent. Objectives are minimised or maximised as the experiment says. Constraints come first: an
/// infeasible architecture is told with how far it is outside, a failed one as a failure. What `start` knows is told
/// before the first batch.
///
/// Methods for one number (`ga`, `constrained_ga`) maximise the reward if there is one, the others only where there
/// are no objectives.
class Optimised final : public Strategy {
public:
    /// Of all methods; each offers those that it reads. Defaults that differ by method are set by `defaults`.
    struct Options {
        int population = 50, batch = 0, neighbours = 20, replacements = 2, startup = 10, candidates = 24;
        std::string operators = "discrete", mutation = "auto", sampling = "uniform";
        double crossover = 0.9, steps = 0, crossover_eta = 15, mutation_eta = 20, exchange = 1;
        double neighbour_mating = 0.9, parents = 0.25, mutants = 0.5, prior_weight = 1;
        bool never_again = false, scale_objectives = true;
        std::vector<std::string> blocks = {};
        /// @param method a name of `moo::optimiser_names`
        static void describe(Describe<Options>&, const std::string& method);
    };
    static Options defaults(const std::string& method);

    /// @throws OptionError, or Error for objectives that the method cannot have.
    Optimised(std::string method, const Options&, const Setup&);
    void search(Search&) override;

private:
    moo::GenomeSpace genome_space(Search&, const moo::SearchGenomes&) const;
    moo::Settings settings() const;

    std::string method_;
    Options options_;
    std::vector<Constraint> constraints_;
    bool by_reward_, priced_ = false;  ///< priced: every constraint is on costs that may be asked at any time
};

/// Registers the method as a strategy of the same name.
void add_optimised(Registry&, const std::string& method, std::string help);

}  // namespace espalier::evolution
