// SPDX-License-Identifier: Apache-2.0
#include "espalier/plugin.hpp"

#include "fbnet.hpp"

namespace espalier::fbnet {
namespace {

void register_components(Registry& registry)
{
    registry.add<FBNet>("fbnet", "22 layers, each one of eight inverted bottlenecks or skipped: 9^22 networks");
}

}  // namespace
}  // namespace espalier::fbnet

ESPALIER_PLUGIN("fbnet", "0.1.0", espalier::fbnet::register_components)
