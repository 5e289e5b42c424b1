// SPDX-License-Identifier: Apache-2.0
#include "espalier/plugin.hpp"

#include "fi_zc.hpp"
#include "fusion.hpp"

namespace espalier::fusion {

static void register_components(Registry& registry)
{
    registry.add<Fusion>("fusion", "ranks another evaluator's metrics within a reference set and fuses them");
    registry.add<FiZc>("fi_zc", "the ready score: five training-free indicators, fused with equal weights");
}

}  // namespace espalier::fusion

ESPALIER_PLUGIN("fusion", "0.1.0", espalier::fusion::register_components)
