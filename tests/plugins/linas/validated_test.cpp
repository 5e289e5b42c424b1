// SPDX-License-Identifier: Apache-2.0
#include "validated.hpp"

#include "catch.hpp"
#include "toy.hpp"

using namespace espalier;

TEST_CASE("what was validated is held once, and another way to write a network is no new network", "[linas]")
{
    const Stages space(1);
    const auto problem = toy_problem(space, 100);
    const WatchedSearch search(problem);
    const moo::SearchGenomes genomes(search, {});
    linas::Validated validated(genomes);
    const auto add = [&](std::vector<std::uint16_t> choices) {
        const Evaluation evaluation = problem.evaluate(Architecture{{choices.begin(), choices.end()}});
        return validated.append(std::vector{evaluation, evaluation});
    };
    CHECK(add({0, 1, 2, 3}));
    CHECK(validated.all().size() == 1);
    CHECK_FALSE(add({0, 1, 2, 3}));
    CHECK(validated.all().size() == 1);
    CHECK_FALSE(add({0, 1, 3, 3}));  // differs where it is not active
    CHECK(validated.all().size() == 2);
    CHECK(add({0, 2, 2, 3}));
    CHECK(validated.all().size() == 3);
}
