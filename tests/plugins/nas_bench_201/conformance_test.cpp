// SPDX-License-Identifier: Apache-2.0
#include "espalier/sdk/conformance.hpp"

#include "catch.hpp"
#include "space.hpp"

using namespace espalier;
using nas_bench_201::NasBench201;

TEST_CASE("the space keeps what spaces promise, with and without the network around the cells", "[nas_bench_201]")
{
    CHECK(conformance::check_space(NasBench201({.channels = 4, .cells = 1, .input = {}}, {})) ==
          conformance::Violations{});
    const NasBench201 bare({.channels = 1, .cells = 1, .input = {1, 3, 3}, .stem = false, .reductions = false}, {});
    CHECK(conformance::check_space(bare) == conformance::Violations{});
}
