// SPDX-License-Identifier: Apache-2.0
#include "espalier/plugin.hpp"

#include "u_boost_cell.hpp"

namespace espalier::u_boost_cell {
namespace {

void register_components(Registry& registry)
{
    registry.add<UBoostCell>("u_boost_cell",
                             "cells of nine edges, each one of eight operations, every convolution one of 28 widths");
}

}  // namespace
}  // namespace espalier::u_boost_cell

ESPALIER_PLUGIN("u_boost_cell", "0.1.0", espalier::u_boost_cell::register_components)
