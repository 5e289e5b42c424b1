// SPDX-License-Identifier: Apache-2.0
#include "espalier/plugin.hpp"

#include "train.hpp"

namespace espalier::train {
namespace {

void register_components(Registry& registry)
{
    registry.add<Train>("train", "trains a candidate from scratch and tests it");
}

}  // namespace
}  // namespace espalier::train

ESPALIER_PLUGIN("train", "0.1.0", espalier::train::register_components)
