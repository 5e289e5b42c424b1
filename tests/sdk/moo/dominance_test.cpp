// SPDX-License-Identifier: Apache-2.0
#include "espalier/moo/dominance.hpp"

#include <algorithm>
#include <cmath>

#include "catch.hpp"
#include "points.hpp"

using namespace espalier::moo;

namespace {

/// Ranks by the definition: the first front is what nobody dominates; take it away and begin again.
std::vector<std::uint32_t> peeled(const Points& all, std::span<const double> violations)
{
    std::vector<std::uint32_t> rank(all.rows(), ~0U);
    std::size_t left = all.rows();
    for (std::uint32_t front = 0; left > 0; ++front) {
        Rows found;
        for (std::uint32_t i = 0; i < all.rows(); ++i) {
            bool beaten = rank[i] != ~0U;
            for (std::size_t j = 0; j < all.rows() && !beaten; ++j)
                beaten = rank[j] == ~0U && dominates(all[j], violations[j], all[i], violations[i]);
            if (!beaten)
                found.push_back(i);
        }
        for (const std::uint32_t i : found)
            rank[i] = front;
        left -= found.size();
    }
    return rank;
}

}  // namespace

TEST_CASE("a point dominates what it is nowhere worse and somewhere better than", "[moo][dominance]")
{
    const std::vector<double> a{1, 2}, b{1, 3}, c{0, 4};
    CHECK(dominates(a, b));
    CHECK_FALSE(dominates(b, a));
    CHECK_FALSE(dominates(a, a));
    CHECK_FALSE(dominates(a, c));
    CHECK_FALSE(dominates(c, a));
}

TEST_CASE("feasible points come before infeasible ones, less violation before more", "[moo][dominance]")
{
    const std::vector<double> good{1, 1}, bad{5, 5};
    CHECK(dominates(bad, 0, good, 0.1));
    CHECK_FALSE(dominates(good, 0.1, bad, 0));
    CHECK(dominates(bad, 0.1, good, 0.2));
    CHECK_FALSE(dominates(good, 0.1, bad, 0.1));
}

TEST_CASE("what is no number dominates nothing and stands behind everything", "[moo][dominance]")
{
    const std::vector<double> good{1, 1}, unknown{NAN, 0};
    CHECK_FALSE(dominates(unknown, good));
    CHECK_FALSE(dominates(good, unknown));
    CHECK(dominates(good, 5, good, NAN));
    CHECK_FALSE(dominates(good, NAN, good, 5));
    for (const std::size_t objectives : {2, 3}) {
        Points all(objectives, 200);
        espalier::Rng rng(1);
        for (double& value : all.values())
            value = rng.below(5) == 0 ? NAN : rng.uniform();
        std::vector<double> violations(200, 0);
        violations[3] = 1e300, violations[7] = NAN;
        const Fronts fronts(all, violations);
        std::vector<std::uint32_t> last(fronts[fronts.count() - 1].begin(), fronts[fronts.count() - 1].end());
        std::ranges::sort(last);
        std::vector<std::uint32_t> expected;
        for (std::uint32_t row = 0; row < 200; ++row)
            if (row == 7 || std::ranges::any_of(all[row], [](double value) { return std::isnan(value); }))
                expected.push_back(row);
        CHECK(last == expected);
    }
}

TEST_CASE("fronts are what peeling by the definition gives, with ties and infeasible points", "[moo][dominance]")
{
    espalier::Rng rng(1);
    Fronts fronts;  // one object for all: a second sort must not see the first
    for (std::size_t objectives = 1; objectives <= 5; ++objectives) {
        for (int trial = 0; trial < 20; ++trial) {
            Points all(objectives, 60);
            for (double& value : all.values())
                value = static_cast<double>(rng.below(6));
            std::vector<double> violations(all.rows(), 0);
            for (double& violation : violations) {
                if (trial % 2 == 1 && rng.below(3) == 0)
                    violation = static_cast<double>(rng.below(3));
            }
            fronts.sort(all, violations);
            const auto expected = peeled(all, violations);
            std::size_t seen = 0;
            for (std::uint32_t k = 0; k < fronts.count(); ++k) {
                CHECK_FALSE(fronts[k].empty());
                for (const std::uint32_t row : fronts[k]) {
                    REQUIRE(expected[row] == k);
                    REQUIRE(fronts.rank(row) == k);
                    ++seen;
                }
            }
            CHECK(seen == all.rows());
        }
    }
}

TEST_CASE("the first front alone, duplicates and all", "[moo][dominance]")
{
    CHECK(non_dominated(points({{2, 2}, {1, 3}, {3, 3}, {1, 3}})) == Rows{0, 1, 3});
    CHECK(non_dominated(Points(2)).empty());
}
