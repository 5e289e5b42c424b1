// SPDX-License-Identifier: Apache-2.0
#include "espalier/sdk/conformance.hpp"

#include "catch.hpp"
#include "mobilenet_v3.hpp"
#include "resnet50.hpp"

using namespace espalier;
using once_for_all::MobileNetV3;
using once_for_all::ResNet50;

TEST_CASE("the spaces keep what spaces promise", "[once_for_all]")
{
    CHECK(conformance::check_space(MobileNetV3({}, {})) == conformance::Violations{});
    CHECK(conformance::check_space(MobileNetV3({.width = 1.2, .resolution = 160, .classes = 10}, {})) ==
          conformance::Violations{});
    CHECK(conformance::check_space(ResNet50({}, {})) == conformance::Violations{});
}
