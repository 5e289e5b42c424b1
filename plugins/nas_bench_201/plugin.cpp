// SPDX-License-Identifier: Apache-2.0
#include "espalier/plugin.hpp"

#include "space.hpp"

namespace espalier::nas_bench_201 {
namespace {

void register_components(Registry& registry)
{
    registry.add<NasBench201>("nas_bench_201", "cells of four nodes and five operations, all 15,625 of them known");
}

}  // namespace
}  // namespace espalier::nas_bench_201

ESPALIER_PLUGIN("nas_bench_201", "0.1.0", espalier::nas_bench_201::register_components)
