// SPDX-License-Identifier: Apache-2.0
#include "espalier/sdk/conformance.hpp"

#include "catch.hpp"
#include "fbnet.hpp"

using namespace espalier;
using fbnet::FBNet;

TEST_CASE("the space keeps what spaces promise", "[fbnet]")
{
    CHECK(conformance::check_space(FBNet({}, {})) == conformance::Violations{});
    CHECK(conformance::check_space(FBNet({.variant = "imagenet", .resolution = 64, .classes = 7}, {})) ==
          conformance::Violations{});
}
