// SPDX-License-Identifier: Apache-2.0
#include "espalier/plugin.hpp"

#include "gradient.hpp"
#include "u_boost.hpp"

namespace espalier::u_boost {
namespace {

void register_components(Registry& registry)
{
    registry.add<Gradient>("gradient",
                           "gradient descent through a super-network and a cost model, all decisions at once");
    registry.add<UBoost>("u_boost", "gradient descent that fills the hardware: first operations, then widths");
}

}  // namespace
}  // namespace espalier::u_boost

ESPALIER_PLUGIN("u_boost", "0.1.0", espalier::u_boost::register_components)
