// SPDX-License-Identifier: Apache-2.0
#include "espalier/sdk/conformance.hpp"

#include "catch.hpp"
#include "u_boost_cell.hpp"

using namespace espalier;
using u_boost_cell::UBoostCell;

TEST_CASE("the space keeps what spaces promise", "[u_boost_cell]")
{
    CHECK(conformance::check_space(UBoostCell({}, {}), 20) == conformance::Violations{});
    CHECK(conformance::check_space(UBoostCell({.array = 16, .cells = 9, .pooling = {1, 0, 0}, .classes = 7}, {}), 5) ==
          conformance::Violations{});
    // where most cells lose nodes, and some everything
    CHECK(conformance::check_space(UBoostCell({.array = 4,
                                               .cells = 4,
                                               .widths = {0.5, 1},
                                               .operations = {"zero", "identity", "separable3"},
                                               .pooling = {0},
                                               .resolution = 8},
                                              {}),
                                   100) == conformance::Violations{});
    CHECK(conformance::check_space(
              UBoostCell({.array = 8, .cells = 1, .widths = {1}, .operations = {"conv3", "dilated5"}}, {})) ==
          conformance::Violations{});
}
