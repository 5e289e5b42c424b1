// SPDX-License-Identifier: Apache-2.0
#include "espalier/plugin.hpp"

#include "aging_evolution.hpp"
#include "exhaustive.hpp"
#include "optimised.hpp"
#include "random_search.hpp"

namespace espalier::evolution {
namespace {

void register_components(Registry& registry)
{
    registry.add<Random>("random", "uniformly random architectures");
    registry.add<Exhaustive>("exhaustive", "every architecture of a small space, or one of each class");
    registry.add<AgingEvolution>("aging_evolution", "tournaments in a population whose oldest member dies first");
    add_optimised(registry, "age_moea", "NSGA-II with survivors chosen by the geometry of their front");
    add_optimised(registry, "c_taea", "two archives, one for convergence and one for diversity, for hard constraints");
    add_optimised(registry, "constrained_ga", "once-for-all's genetic algorithm under a constraint on costs");
    add_optimised(registry, "ga", "a genetic algorithm for one objective");
    add_optimised(registry, "local_search", "neighbours of what nothing dominates, with restarts");
    add_optimised(registry, "moead", "one search for each of many weightings of the objectives");
    add_optimised(registry, "motpe", "draws options that good architectures have and others have not");
    add_optimised(registry, "nsga2", "non-dominated sorting and crowding, the usual first choice");
    add_optimised(registry, "u_nsga3", "reference directions, for two and more objectives");
}

}  // namespace
}  // namespace espalier::evolution

ESPALIER_PLUGIN("evolution", "0.1.0", espalier::evolution::register_components)
