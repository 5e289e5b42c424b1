// SPDX-License-Identifier: Apache-2.0
#include "espalier/plugin.hpp"

#include "meta_graph.hpp"

namespace espalier::meta_graph {
namespace {

void register_components(Registry& registry)
{
    registry.add<MetaGraph>("meta_graph",
                            "17 layers of five modules, each on or off: policies of InstaNAS and QoS-NAS");
}

}  // namespace
}  // namespace espalier::meta_graph

ESPALIER_PLUGIN("meta_graph", "0.1.0", espalier::meta_graph::register_components)
