// SPDX-License-Identifier: Apache-2.0
#include "espalier/plugin.hpp"

#include "my_plugin.hpp"

namespace espalier::my_plugin_plugin {

static void register_components(Registry& registry)
{
    registry.add<MyPluginComponent>("my_plugin", "what it does, in a few words");
}

}  // namespace espalier::my_plugin_plugin

// name, and version: another one whenever a component computes other numbers, so that older results are not taken over
ESPALIER_PLUGIN("my_plugin", "0.1.0", espalier::my_plugin_plugin::register_components)
