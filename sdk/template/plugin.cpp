// SPDX-License-Identifier: Apache-2.0
#include "espalier/plugin.hpp"

#include "linear_latency.hpp"

namespace espalier::linear_latency {
namespace {

void register_components(Registry& registry)
{
    registry.add<LinearLatency>("linear_latency", "latency as a sum over multiply-adds and layers");
}

}  // namespace
}  // namespace espalier::linear_latency

ESPALIER_PLUGIN("linear_latency", "0.1.0", espalier::linear_latency::register_components)
