// SPDX-License-Identifier: Apache-2.0
#include "espalier/moo/hypervolume.hpp"

#include <limits>

#include "espalier/error.hpp"
#include "espalier/moo/directions.hpp"

#include "catch.hpp"
#include "points.hpp"

using namespace espalier::moo;

namespace {

/// Counts the cells of a grid of whole numbers that some point dominates.
double counted(const Points& all, int side)
{
    const std::size_t objectives = all.columns();
    std::vector<int> cell(objectives, 0);
    double count = 0;
    for (;;) {
        bool covered = false;
        for (std::size_t row = 0; row < all.rows() && !covered; ++row) {
            covered = true;
            for (std::size_t m = 0; m < objectives; ++m)
                covered = covered && all[row][m] <= cell[m];
        }
        count += covered;
        std::size_t m = 0;
        for (; m < objectives && ++cell[m] == side; ++m)
            cell[m] = 0;
        if (m == objectives)
            return count;
    }
}

Points grid_points(std::size_t rows, std::size_t objectives, int side, espalier::Rng& rng)
{
    Points all(objectives, rows);
    for (double& value : all.values())
        value = static_cast<double>(rng.below(static_cast<std::size_t>(side) + 1));
    return all;
}

}  // namespace

TEST_CASE("hypervolumes of small sets", "[moo][hypervolume]")
{
    CHECK(hypervolume(points({{.2, .5, .7}, {.5, .2, .5}, {.7, .7, .1}, {.4, .4, .4}}), std::vector{1., 1., 1.}) ==
          Approx(0.323).epsilon(1e-12));
    CHECK(hypervolume(points({{.2, .5, .7, .3}, {.5, .2, .5, .6}, {.7, .7, .1, .2}, {.4, .4, .4, .5}}),
                      std::vector{1., 1., 1., 1.}) == Approx(0.1994).epsilon(1e-12));
}

TEST_CASE("points on or beyond the reference, duplicates and no points", "[moo][hypervolume]")
{
    const std::vector<double> reference{1, 1};
    CHECK(hypervolume(Points(2), reference) == 0);
    CHECK(hypervolume(points({{1, 0}, {0, 2}, {2, 2}}), reference) == 0);
    CHECK(hypervolume(points({{.5, .5}, {.5, .5}, {1, 0}}), reference) == Approx(0.25));
    CHECK_THROWS_WITH(hypervolume(points({{0, std::numeric_limits<double>::quiet_NaN()}}), reference),
                      ContainsSubstring("not a number"));
    CHECK_THROWS_WITH(hypervolume(points({{0, 0, 0}}), reference), ContainsSubstring("3 objectives"));
}

TEST_CASE("the hypervolume is what counting cells gives, in 1 to 5 objectives", "[moo][hypervolume]")
{
    espalier::Rng rng(2);
    for (std::size_t objectives = 1; objectives <= 5; ++objectives) {
        const std::vector<double> reference(objectives, 6);
        for (int trial = 0; trial < 20; ++trial) {
            const Points all = grid_points(12, objectives, 6, rng);
            REQUIRE(hypervolume(all, reference) == Approx(counted(all, 6)).margin(1e-9));
        }
    }
}

TEST_CASE("a contribution is the hypervolume lost without the point", "[moo][hypervolume]")
{
    espalier::Rng rng(3);
    for (std::size_t objectives = 1; objectives <= 4; ++objectives) {
        const std::vector<double> reference(objectives, 6);
        for (int trial = 0; trial < 20; ++trial) {
            const Points all = grid_points(10, objectives, 6, rng);
            const std::vector<double> contributions = hypervolume_contributions(all, reference);
            for (std::size_t row = 0; row < all.rows(); ++row) {
                Points others(objectives);
                for (std::size_t other = 0; other < all.rows(); ++other) {
                    if (other != row)
                        others.append(all[other]);
                }
                REQUIRE(contributions[row] ==
                        Approx(hypervolume(all, reference) - hypervolume(others, reference)).margin(1e-9));
            }
        }
    }
}

TEST_CASE("the greedy subset takes the largest gain each time", "[moo][hypervolume]")
{
    espalier::Rng rng(4);
    for (std::size_t objectives = 2; objectives <= 4; ++objectives) {
        const std::vector<double> reference(objectives, 1.1);
        const Points all = random_points(30, objectives, rng);
        const Rows chosen = greedy_hypervolume_subset(all, 8, reference);
        REQUIRE(chosen.size() == 8);
        Points taken(objectives);
        for (const std::uint32_t row : chosen) {
            double best = 0;
            for (std::size_t other = 0; other < all.rows(); ++other) {
                Points with = taken;
                with.append(all[other]);
                best = std::max(best, hypervolume(with, reference));
            }
            taken.append(all[row]);
            CHECK(hypervolume(taken, reference) == Approx(best).epsilon(1e-12));
        }
    }
    CHECK(greedy_hypervolume_subset(points({{2, 2}, {3, 3}}), 5, std::vector{1., 1.}).size() == 2);
}

TEST_CASE("91 Das-Dennis points on the sphere", "[moo][hypervolume]")
{
    Points front = das_dennis_directions(3, 12);
    REQUIRE(front.rows() == 91);
    for (std::size_t row = 0; row < front.rows(); ++row) {
        double squares = 0;
        for (const double value : front[row])
            squares += value * value;
        for (double& value : front[row])
            value /= std::sqrt(squares);
    }
    CHECK(hypervolume(front, std::vector{1.1, 1.1, 1.1}) == Approx(0.744851).margin(5e-7));
}

TEST_CASE("the growing hypervolume is the hypervolume of everything so far", "[hypervolume]")
{
    espalier::Rng rng(5);
    for (const std::size_t objectives : {1U, 2U, 3U, 4U}) {
        Points points(objectives);
        std::vector<std::uint32_t> at;
        for (std::uint32_t i = 0; i < 60; ++i) {
            std::vector<double> point;
            for (std::size_t m = 0; m < objectives; ++m)
                point.push_back(static_cast<double>(rng.below(12)));  // ties and duplicates
            points.append(point);
            at.push_back(1 + i / 2);
        }
        const std::vector<double> reference(objectives, 10.0);  // some points lie beyond it
        const std::vector<double> curve = hypervolume_curve(points, at, 40, reference);
        REQUIRE(curve.size() == 40);
        for (std::size_t count = 1; count <= 40; ++count) {
            Points so_far(objectives);
            for (std::size_t i = 0; i < 60; ++i)
                if (at[i] <= count)
                    so_far.append(points[i]);
            CHECK(curve[count - 1] == Approx(hypervolume(so_far, reference)).epsilon(1e-12));
        }
    }
}
