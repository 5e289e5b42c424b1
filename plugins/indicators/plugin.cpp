// SPDX-License-Identifier: Apache-2.0
#include "espalier/plugin.hpp"

#include "indicators.hpp"

namespace espalier::indicators {

static void register_components(Registry& registry)
{
    registry.add<Indicators>("indicators", "training-free scores of a network with random weights");
}

}  // namespace espalier::indicators

ESPALIER_PLUGIN("indicators", "0.1.0", espalier::indicators::register_components)
