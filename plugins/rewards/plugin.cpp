// SPDX-License-Identifier: Apache-2.0
#include "espalier/plugin.hpp"

#include "latency_product.hpp"
#include "weighted_sum.hpp"

namespace espalier::rewards {
namespace {

void register_components(Registry& registry)
{
    registry.add<LatencyProduct>("latency_product", "a score, discounted by how far the latency is from its target");
    registry.add<WeightedSum>("weighted_sum", "metrics, shifted, scaled and weighted, in one number");
}

}  // namespace
}  // namespace espalier::rewards

ESPALIER_PLUGIN("rewards", "0.1.0", espalier::rewards::register_components)
