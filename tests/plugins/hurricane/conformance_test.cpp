// SPDX-License-Identifier: Apache-2.0
#include "espalier/sdk/conformance.hpp"

#include "catch.hpp"
#include "hurricane.hpp"

using namespace espalier;
using hurricane::Hurricane;

TEST_CASE("the space keeps what spaces promise", "[hurricane]")
{
    CHECK(conformance::check_space(Hurricane({}, {})) == conformance::Violations{});
    CHECK(conformance::check_space(Hurricane({.operators = "paper_dsp", .affine = false}, {})) ==
          conformance::Violations{});
    CHECK(conformance::check_space(Hurricane(
              {.backbone = "mini", .resolution = 28, .classes = 7, .operators = "large", .gate = "hswish"}, {})) ==
          conformance::Violations{});
    CHECK(conformance::check_space(
              Hurricane({.operators = "listed", .lists = {"SEP_3", "MB_3_1 MB_7_6_SE", "ChoiceX", "Choice_5"}}, {})) ==
          conformance::Violations{});
}
