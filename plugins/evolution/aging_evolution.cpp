// SPDX-License-Identifier: Apache-2.0
#include "aging_evolution.hpp"

#include <cmath>
#include <limits>

#include "espalier/error.hpp"
#include "espalier/search_space.hpp"

namespace espalier::evolution {
namespace {

constexpr double kWorst = -std::numeric_limits<double>::infinity();

}  // namespace

void AgingEvolution::Options::describe(Describe<Options>& d)
{
    d("population", &Options::population, "members alive").range(1, 1'000'000).symbol("P");
    d("sample", &Options::sample, "members drawn, with replacement, of which the fittest becomes parent")
        .range(1, 1'000'000)
        .symbol("S");
    d("in_flight", &Options::in_flight, "children evaluated at the same time; part of the method, unlike workers")
        .range(1, 10'000);
}

AgingEvolution::AgingEvolution(const Options& options, const Setup& setup)
    : options_{options}, rewarded_{setup.reward != nullptr}
{
    if (options_.sample > options_.population)
        throw OptionError("sample", std::to_string(options_.sample) + " is more than the population of " +
                                        std::to_string(options_.population));
    if (!setup.reward && setup.objectives.size() != 1)
        throw Error("aging_evolution compares members by one number and there are " +
                    std::to_string(setup.objectives.size()) +
                    " objectives: leave exactly one, or add a `reward` such as weighted_sum");
    if (Region(setup.space->decisions()).single())
        throw Error("aging_evolution has nothing to mutate: the space holds a single architecture");
}

void AgingEvolution::search(Search& search)
{
    Rng rng = search.rng("aging evolution");
    const Region all(search.space().decisions());
    std::deque<Member> population;
    for (int flying = 0; search.remaining() > 0 || flying > 0; --flying) {
        for (; flying < options_.in_flight && search.remaining() > 0; ++flying)
            search.submit(proposal(population, all, rng));
        const Evaluation child = search.collect();
        population.push_back({child.architecture, fitness(search, child)});
        if (child.ok() && population.back().fitness == kWorst)
            search.note("not finite", 1);
        if (population.size() > static_cast<std::size_t>(options_.population))
            population.pop_front();  // the oldest, however good it is
    }
}

double AgingEvolution::fitness(const Search& search, const Evaluation& child) const
{
    if (!child.ok())
        return kWorst;
    double value = 0;
    if (rewarded_) {
        value = search.reward(child);
    } else {
        const Objective& objective = search.objectives().front();
        value = child.metrics.at(objective.metric) * (objective.maximise ? 1 : -1);
    }
    if (!std::isfinite(value))
        return kWorst;
    return value;
}

Architecture AgingEvolution::proposal(const std::deque<Member>& population, const Region& all, Rng& rng) const
{
    if (population.size() < static_cast<std::size_t>(options_.population))
        return random_architecture(all, rng);
    return mutated_once(fittest_of_sample(population, rng).architecture, all, rng);
}

const AgingEvolution::Member& AgingEvolution::fittest_of_sample(const std::deque<Member>& population, Rng& rng) const
{
    const Member* best = &population[rng.below(population.size())];
    for (int drawn = 1; drawn < options_.sample; ++drawn) {
        const Member& other = population[rng.below(population.size())];
        if (other.fitness > best->fitness)
            best = &other;
    }
    return *best;
}

}  // namespace espalier::evolution
