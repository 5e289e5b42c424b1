// SPDX-License-Identifier: Apache-2.0
#include "espalier/plugin.hpp"

#include "counted.hpp"
#include "lookup.hpp"
#include "table.hpp"

namespace espalier::cost_models {
namespace {

void register_components(Registry& registry)
{
    registry.add<Macs>("macs", "multiply-adds of one example in the live network");
    registry.add<Params>("params", "trainable numbers of the live network");
    registry.add<Lookup>("lookup", "the sum over a network's blocks, each looked up in a CSV file");
    registry.add<Table>("table", "a column of a CSV file with one row an architecture");
}

}  // namespace
}  // namespace espalier::cost_models

ESPALIER_PLUGIN("cost_models", "0.1.0", espalier::cost_models::register_components)
