// SPDX-License-Identifier: Apache-2.0
#include "espalier/moo/distance_to_front.hpp"

#include <cmath>

#include "espalier/error.hpp"
#include "espalier/moo/hypervolume.hpp"

#include "catch.hpp"
#include "points.hpp"

using namespace espalier::moo;

TEST_CASE("the published example of distances to the front of ZDT1", "[moo][distance_to_front]")
{
    Points front(2), found(2);
    for (int i = 0; i < 100; ++i) {
        const double x = i / 99.;
        front.append(std::vector{x, 1 - std::sqrt(x)});
        if (i % 10 == 0)
            found.append(std::vector{1.1 * x, 1.1 * (1 - std::sqrt(x))});
    }
    CHECK(hypervolume(found, std::vector{1.2, 1.2}) == Approx(0.9631646448182305).epsilon(1e-12));
    CHECK(generational_distance(found, front) == Approx(0.05497689467314528).epsilon(1e-12));
    CHECK(generational_distance_plus(found, front) == Approx(0.05497689467314528).epsilon(1e-12));
    CHECK(inverted_generational_distance(found, front) == Approx(0.06690908300327662).epsilon(1e-12));
    CHECK(inverted_generational_distance_plus(found, front) == Approx(0.06466828842775944).epsilon(1e-12));
}

TEST_CASE("distances need points on both sides", "[moo][distance_to_front]")
{
    CHECK_THROWS_AS(generational_distance(Points(2), points({{0, 0}})), espalier::Error);
    CHECK_THROWS_AS(inverted_generational_distance_plus(points({{0, 0}}), points({{0, 0, 0}})), espalier::Error);
}
