// SPDX-License-Identifier: Apache-2.0
#include "espalier/regression/spread.hpp"

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
