// SPDX-License-Identifier: Apache-2.0
#include "espalier/moo/crowding.hpp"

#include <cmath>

#include "catch.hpp"
#include "points.hpp"

using namespace espalier::moo;

TEST_CASE("crowding is the mean of the gaps between neighbours, the ends infinite", "[moo][crowding]")
{
    // Ranges 4 and 4. The middle one: gaps 3 / 4 and 3 / 4; the other: 3 / 4 and 2 / 4... each halved.
    const Points all = points({{9, 9}, {0, 4}, {1, 2}, {3, 1}, {4, 0}});
    const Rows front{3, 1, 4, 2};
    std::vector<double> distances(4);
    crowding_distances(all, front, distances);
    CHECK(distances[0] == Approx((3. / 4 + 2. / 4) / 2));
    CHECK(std::isinf(distances[1]));
    CHECK(std::isinf(distances[2]));
    CHECK(distances[3] == Approx((3. / 4 + 3. / 4) / 2));
}

TEST_CASE("an objective that does not vary adds nothing", "[moo][crowding]")
{
    const Points all = points({{0, 1, 5}, {1, 1, 5}, {4, 1, 5}, {2, 1, 5}, {3, 1, 5}});
    const Rows front{0, 1, 2, 3, 4};
    std::vector<double> distances(5);
    crowding_distances(all, front, distances);
    CHECK(distances[3] == Approx(2. / 4 / 3));
    CHECK(std::isinf(distances[0]));
    CHECK(std::isinf(distances[2]));
}
