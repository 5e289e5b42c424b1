// SPDX-License-Identifier: Apache-2.0
#include "espalier/plugin.hpp"

#include "predicted.hpp"

namespace espalier::predicted {

static void register_components(Registry& registry)
{
    registry.add<Predicted>("predicted", "learns another cost model, or a file of measurements, from few networks");
}

}  // namespace espalier::predicted

ESPALIER_PLUGIN("predicted", "0.1.0", espalier::predicted::register_components)
