// SPDX-License-Identifier: Apache-2.0
#include "espalier/plugin.hpp"

#include "reinforce.hpp"

namespace espalier::training_free_rl {

static void register_components(Registry& registry)
{
    registry.add<Reinforce>("reinforce", "a recurrent controller trained with REINFORCE on the reward");
}

}  // namespace espalier::training_free_rl

ESPALIER_PLUGIN("training_free_rl", "0.1.0", espalier::training_free_rl::register_components)
