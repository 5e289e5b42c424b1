// SPDX-License-Identifier: Apache-2.0
#include "espalier/regression/spread.hpp"

#include <cmath>
#include <limits>
#include <vector>

#include "catch.hpp"

using espalier::regression::Spread;

TEST_CASE("mean and deviation are of what is defined", "[spread]")
{
    Spread spread;
    CHECK(std::isnan(spread.mean()));
    spread.add(std::numeric_limits<double>::quiet_NaN());
    spread.add(1e9 + 1);
    CHECK(spread.mean() == 1e9 + 1);
    CHECK(std::isnan(spread.deviation()));  // of one there is none
    spread.add(1e9 + 3);
    spread.add(1e9 + 5);
    CHECK(spread.count() == 3);
    CHECK(spread.mean() == 1e9 + 3);
    CHECK(spread.deviation() == 2);
}

TEST_CASE("an infinite value is the mean, whenever it comes, and leaves no deviation", "[spread]")
{
    constexpr double infinity = std::numeric_limits<double>::infinity();
    for (const std::vector<double>& values : {std::vector{-infinity, 1.0, 2.0}, {1.0, -infinity, 2.0}, {-infinity}}) {
        Spread spread;
        for (const double value : values)
            spread.add(value);
        CHECK(spread.mean() == -infinity);
        CHECK(std::isnan(spread.deviation()));
        CHECK(spread.count() == values.size());
        spread.add(infinity);
        CHECK(std::isnan(spread.mean()));
    }
}
