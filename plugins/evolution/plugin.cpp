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
    add_optimisers(registry);
}

}  // namespace
}  // namespace espalier::evolution

ESPALIER_PLUGIN("evolution", "0.1.0", espalier::evolution::register_components)
