// SPDX-License-Identifier: Apache-2.0
#include "espalier/plugin.hpp"

#include "supernet.hpp"

namespace espalier::supernet {
namespace {

void register_components(Registry& registry)
{
    registry.add<Supernet>("supernet", "trains one network that holds all of the space, and scores its parts");
}

}  // namespace
}  // namespace espalier::supernet

ESPALIER_PLUGIN("supernet", "0.1.0", espalier::supernet::register_components)
