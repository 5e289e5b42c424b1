// SPDX-License-Identifier: Apache-2.0
#include "score.hpp"

#include <cmath>

#include "catch.hpp"

using namespace espalier::hurricane;

TEST_CASE("a score is that of equation 2", "[hurricane]")
{
    const Profile choice{7'325'696, 2'528, 1.1122};
    CHECK(std::exp(log_score(choice, 0.1)) == Approx(std::pow(7'325'696.0 * 2'528, 0.1) / 1.1122).epsilon(1e-12));
    CHECK(std::exp(log_score(choice, 0)) == Approx(1 / 1.1122).epsilon(1e-12));
}

TEST_CASE("the best score comes first, of equal ones the first", "[hurricane]")
{
    const std::vector<Profile> profiles{{8, 2, 4}, {8, 2, 2}, {4, 4, 4}, {2, 8, 2}, {1000, 1000, 3}};
    CHECK(ranked(profiles, 0) == std::vector<std::size_t>{1, 3, 4, 0, 2});
    CHECK(ranked(profiles, 1) == std::vector<std::size_t>{4, 1, 3, 0, 2});
}

TEST_CASE("the largest ungated of the next eight is explored", "[hurricane]")
{
    std::vector<Profile> profiles(12, {10, 10, 1});
    std::vector<bool> gated(12, false);
    const std::vector<std::size_t> ranking{11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0};
    profiles[10] = {100, 100, 1};  // kept already
    profiles[0] = {100, 100, 1};   // ranked behind the next eight
    profiles[6] = {90, 100, 1};
    profiles[4] = {50, 100, 1};
    profiles[2] = {100, 50, 1};
    gated[6] = true;
    CHECK(explored(ranking, profiles, gated, 2) == 4);  // and not 2, which is as large
    CHECK(explored(ranking, profiles, gated, 6) == 0);
    CHECK(explored(ranking, profiles, gated, 12) == std::nullopt);
    CHECK(explored(ranking, profiles, std::vector<bool>(12, true), 2) == std::nullopt);
}
