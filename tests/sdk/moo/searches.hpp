// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <algorithm>
#include <memory>

#include "espalier/moo/dominance.hpp"
#include "espalier/moo/hypervolume.hpp"
#include "espalier/moo/optimiser.hpp"
#include "espalier/moo/test_problem.hpp"

/// A problem as the optimisers see it.
inline espalier::moo::GenomeSpace space_of(const espalier::moo::TestProblem& problem)
{
    return {.options = problem.options, .objectives = problem.objectives};
}

/// Asks and tells `evaluations` times, in batches of the method's own size.
inline void run(espalier::moo::Optimiser& optimiser, const espalier::moo::TestProblem& problem, std::size_t evaluations)
{
    for (std::size_t done = 0; done < evaluations;) {
        const auto genomes = optimiser.ask(std::min(optimiser.batch(), evaluations - done));
        if (genomes.empty())
            return;
        optimiser.tell(genomes, problem(genomes));
        done += genomes.rows();
    }
}

/// Hypervolumes of the last populations for seeds 1 to `seeds`, ascending.
/// @param make an optimiser for a seed
template <class Make>
std::vector<double> hypervolumes(Make make, const espalier::moo::TestProblem& problem, std::size_t generations,
                                 std::uint64_t seeds)
{
    const std::vector<double> reference(problem.objectives, 1.1);
    std::vector<double> result;
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        const auto optimiser = make(seed);
        run(*optimiser, problem, generations * optimiser->batch());
        result.push_back(hypervolume(optimiser->population().objectives, reference));
    }
    std::ranges::sort(result);
    return result;
}

constexpr std::uint32_t kFine = 65'535;  ///< levels that stand for a real variable

/// The operators of pymoo 0.6.0.1, which the reference levels were measured with: half the pairs do not exchange; with
/// the etas of the method's defaults there.
inline espalier::moo::Variation real_valued(double crossover, double crossover_eta)
{
    return {.operators = espalier::moo::Operators::integer_06,
            .crossover = crossover,
            .mutation = 0.9,
            .crossover_eta = crossover_eta,
            .mutation_eta = 20,
            .exchange = 0.5};
}
