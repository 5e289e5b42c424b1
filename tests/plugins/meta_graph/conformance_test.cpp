// SPDX-License-Identifier: Apache-2.0
#include "espalier/sdk/conformance.hpp"

#include "catch.hpp"
#include "meta_graph.hpp"

using namespace espalier;
using meta_graph::MetaGraph;

TEST_CASE("the space keeps what spaces promise", "[meta_graph]")
{
    for (const char* backbone : {"cifar32", "64", "224", "r9"})
        for (const char* combine : {"sum", "mean"})
            CHECK(conformance::check_space(MetaGraph({.backbone = backbone, .combine = combine, .input = {}}, {})) ==
                  conformance::Violations{});
    CHECK(conformance::check_space(
              MetaGraph({.backbone = "r9", .input = {1, 28, 20}, .classes = 7, .stem_stride = 2, .width = 0.4}, {})) ==
          conformance::Violations{});
}
