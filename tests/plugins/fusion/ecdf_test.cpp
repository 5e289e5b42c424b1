// SPDX-License-Identifier: Apache-2.0
#include "ecdf.hpp"

#include <algorithm>
#include <cmath>

#include "espalier/error.hpp"
#include "espalier/rng.hpp"

#include "catch.hpp"

using espalier::fusion::Ecdf;

TEST_CASE("the rank of a member is its place, equal members share the mean of theirs", "[fusion]")
{
    const Ecdf ecdf({30, 10, 20, 20});
    CHECK(ecdf.rank(10) == 0.25);
    CHECK(ecdf.rank(20) == 0.625);  // places 2 and 3 of 4
    CHECK(ecdf.rank(30) == 1);
}

TEST_CASE("a value that is no member has the rank of the members below it", "[fusion]")
{
    const Ecdf ecdf({30, 10, 20, 20});
    CHECK(ecdf.rank(15) == 0.25);
    CHECK(ecdf.rank(25) == 0.75);
    CHECK(ecdf.rank(1e9) == 1);
    CHECK(ecdf.rank(-1e9) == Ecdf::kFloor);
}

TEST_CASE("ranks never fall below the floor, whatever the size of the sample", "[fusion]")
{
    std::vector<double> sample;
    for (int i = 0; i < 1000; ++i)
        sample.push_back(i);
    CHECK(Ecdf(sample).rank(0) == Ecdf::kFloor);
    CHECK(Ecdf(sample).rank(99) == 0.1);
}

TEST_CASE("the strict rank equals the mean rank at members and follows its formula elsewhere", "[fusion]")
{
    // u = 0, 1, 2, 3, 7; quartiles 1 and 3; spreads 1 below, 4 above
    const Ecdf ecdf({7, 0, 2, 1, 3});
    CHECK(ecdf.strict_rank(0) == Approx(0.2));
    CHECK(ecdf.strict_rank(2) == Approx(0.6));
    CHECK(ecdf.strict_rank(7) == Approx(1));
    CHECK(ecdf.strict_rank(2.25) == Approx(0.65));
    CHECK(ecdf.strict_rank(11) == Approx(1 + std::log(2.0) / 5));
    CHECK(ecdf.strict_rank(-1) == Approx(0.1));
}

TEST_CASE("the strict rank increases strictly and stays positive, beyond the sample too", "[fusion]")
{
    espalier::Rng rng(5);
    std::vector<double> sample;
    for (int i = 0; i < 50; ++i)
        sample.push_back(std::floor(10 * rng.normal()));  // with ties
    const Ecdf ecdf(sample);
    double previous = 0;
    for (double value = -100; value < 100; value += 0.37) {
        const double rank = ecdf.strict_rank(value);
        CHECK(rank > previous);
        previous = rank;
    }
}

TEST_CASE("a sample of equal values still has a strictly increasing rank", "[fusion]")
{
    const Ecdf ecdf({4, 4, 4});
    CHECK(ecdf.strict_rank(3) > 0);
    CHECK(ecdf.strict_rank(3) < ecdf.strict_rank(4));
    CHECK(ecdf.rank(4) == Approx(2.0 / 3));
    CHECK(ecdf.strict_rank(4) < ecdf.strict_rank(5));
}

TEST_CASE("an empty sample is refused", "[fusion]")
{
    CHECK_THROWS_AS(Ecdf({}), espalier::Error);
}
