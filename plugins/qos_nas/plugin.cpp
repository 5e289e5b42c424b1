// SPDX-License-Identifier: Apache-2.0
#include "espalier/plugin.hpp"

#include "qos_nas.hpp"
#include "rewards.hpp"

namespace espalier::qos_nas {

static void register_components(Registry& registry)
{
    registry.add<QosProduct>("qos_product",
                             "right answers, or their probabilities, at the requested frame rate or above");
    registry.add<InstanasParabola>("instanas_parabola", "right answers, by a parabola between two latencies");
    registry.add<QosNas>(
        "qos_nas", "a controller that chooses the modules of a meta-graph for each image and requested frame rate");
}

}  // namespace espalier::qos_nas

ESPALIER_PLUGIN("qos_nas", "0.1.0", espalier::qos_nas::register_components)
