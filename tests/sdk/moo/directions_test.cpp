// SPDX-License-Identifier: Apache-2.0
#include "espalier/moo/directions.hpp"

#include "espalier/error.hpp"

#include "catch.hpp"
#include "points.hpp"

using namespace espalier::moo;

namespace {

/// On the simplex, all corners present.
void check_simplex(const Points& directions)
{
    std::size_t corners = 0;
    for (std::size_t row = 0; row < directions.rows(); ++row) {
        double sum = 0, largest = 0;
        for (const double value : directions[row]) {
            CHECK(value >= 0);
            sum += value;
            largest = std::max(largest, value);
        }
        CHECK(sum == Approx(1));
        corners += largest == 1;
    }
    CHECK(corners == directions.columns());
}

}  // namespace

TEST_CASE("Das-Dennis directions are all multiples on the simplex", "[moo][directions]")
{
    CHECK(das_dennis_directions(3, 12).rows() == 91);
    CHECK(das_dennis_directions(5, 3).rows() == 35);
    CHECK(das_dennis_directions(2, 2) == points({{0, 1}, {.5, .5}, {1, 0}}));
    check_simplex(das_dennis_directions(4, 5));
}

TEST_CASE("Riesz directions have the known lowest energies", "[moo][directions]")
{
    espalier::Rng rng(1);
    struct Known {
        std::size_t objectives, count;
        double energy;
    };
    for (const Known& known : {Known{2, 20, 8.1622}, {3, 20, 6.0713}, {3, 50, 8.5804}, {3, 91, 10.0198}}) {
        const Points directions = riesz_directions(known.objectives, known.count, rng);
        CAPTURE(known.objectives, known.count);
        REQUIRE(directions.rows() == known.count);
        check_simplex(directions);
        CHECK(riesz_energy(directions) <= known.energy * 1.005);  // of the reference implementation; lower is better
    }
    check_simplex(riesz_directions(5, 20, rng));
}

TEST_CASE("fewer directions than objectives are refused", "[moo][directions]")
{
    espalier::Rng rng(1);
    CHECK_THROWS_WITH(riesz_directions(3, 2, rng), ContainsSubstring("2 for 3"));
    CHECK(riesz_directions(3, 3, rng).rows() == 3);
}
