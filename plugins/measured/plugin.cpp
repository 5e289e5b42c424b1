// SPDX-License-Identifier: Apache-2.0
#include "espalier/plugin.hpp"

#include "measured.hpp"

namespace espalier::measured {
namespace {

void register_components(Registry& registry)
{
    registry.add<Measured>("measured", "latency on this machine, run by LibTorch, until the median is known well");
}

}  // namespace
}  // namespace espalier::measured

ESPALIER_PLUGIN("measured", "0.1.0", espalier::measured::register_components)
