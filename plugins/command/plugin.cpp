// SPDX-License-Identifier: Apache-2.0
#include "espalier/plugin.hpp"

#include "command.hpp"

namespace espalier::command {

static void register_components(Registry& registry)
{
    registry.add<Command>("command", "what any program says, asked in lines of JSON");
}

}  // namespace espalier::command

ESPALIER_PLUGIN("command", "0.1.0", espalier::command::register_components)
