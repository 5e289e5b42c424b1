// SPDX-License-Identifier: Apache-2.0
#include "smooth_ecdf.hpp"

#include <cmath>
#include <limits>
#include <utility>

#include "espalier/error.hpp"

#include "catch.hpp"

using espalier::fusion::SmoothEcdf;

namespace {
constexpr double kNothing = -std::numeric_limits<double>::infinity();
}

TEST_CASE("smooth places are those on record", "[fusion]")
{
    const SmoothEcdf ecdf({1, 2, 2, 5, kNothing});
    for (const auto& [x, place] : std::vector<std::pair<double, double>>{{kNothing, 0.0833333333},
                                                                         {0.5, 0.0833333333},
                                                                         {1, 0.3333333333},
                                                                         {1.5, 0.4583333333},
                                                                         {2, 0.5833333333},
                                                                         {3.5, 0.7083333333},
                                                                         {5, 0.8333333333},
                                                                         {6, 0.9451345020}}) {
        INFO(x);
        CHECK(std::abs(ecdf(x) - place) < 0.6e-10);
        CHECK(ecdf.log(x) == Approx(std::log(ecdf(x))).epsilon(1e-12));
    }
}

TEST_CASE("smooth places rise strictly, their logarithm also where the place itself is 1", "[fusion]")
{
    const SmoothEcdf ecdf({3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5});
    for (double x = 1; x < 30; x += 0.01)
        CHECK(ecdf(x) < ecdf(x + 0.01));
    CHECK(ecdf(200) == 1);
    CHECK(ecdf.log(200) < ecdf.log(201));
    CHECK(ecdf.log(201) < 0);
    CHECK(ecdf(0.99) < ecdf(1));
    CHECK(ecdf(-1e300) == Approx(1.0 / 24));
}

TEST_CASE("a sample of one value has tails without width", "[fusion]")
{
    const SmoothEcdf ecdf({2, 2, 2});
    CHECK(ecdf(2) == 0.5);
    CHECK(ecdf(2 + 1e-9) == Approx(1));
    CHECK(ecdf(2 - 1e-9) == 0.125);
    CHECK_THROWS_WITH(SmoothEcdf({kNothing, kNothing}), ContainsSubstring("at least one finite value"));
}
