// SPDX-License-Identifier: Apache-2.0
#include "espalier/plugin.hpp"

#include "hurricane.hpp"
#include "stages.hpp"

namespace espalier::hurricane {
namespace {

void register_components(Registry& registry)
{
    registry.add<Hurricane>(
        "hurricane", "20 layers, each one of up to 32 operators, chosen beforehand for a device by a cost model");
    registry.add<TwoStages>("hurricane",
                            "trains and searches the last decisions around the best operators, then the first");
    registry.add<Spos>("spos",
                       "trains all networks as one by single paths, then evolves the best within constraints on costs");
}

}  // namespace
}  // namespace espalier::hurricane

ESPALIER_PLUGIN("hurricane", "0.1.0", espalier::hurricane::register_components)
