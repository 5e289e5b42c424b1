// SPDX-License-Identifier: Apache-2.0
#include "espalier/evaluation.hpp"

#include <cmath>
#include <vector>

#include "catch.hpp"

using namespace espalier;

TEST_CASE("what is not known of an evaluation does not keep a constraint", "[evaluation]")
{
    const std::vector<Constraint> constraints{{"latency_ms", -INFINITY, 4, false}, {"top1_pct", 50, INFINITY, true}};
    const auto left = [&](Metrics metrics, Status status = Status::ok) {
        return violation(constraints, Evaluation{{}, std::move(metrics), status, ""});
    };
    CHECK(left({{"latency_ms", 4}, {"top1_pct", 50}}) == 0);
    CHECK(left({{"latency_ms", 6}, {"top1_pct", 25}}) == 1);
    CHECK(left({{"latency_ms", 3}}) == INFINITY);
    CHECK(left({}) == INFINITY);
    CHECK(left({{"latency_ms", NAN}, {"top1_pct", 60}}) == INFINITY);
    CHECK(left({{"latency_ms", INFINITY}, {"top1_pct", 60}}) == INFINITY);
    CHECK(left({{"latency_ms", 3}, {"top1_pct", -INFINITY}}) == INFINITY);
    CHECK(left({{"latency_ms", 3}, {"top1_pct", 60}}, Status::failed) == INFINITY);
    CHECK(left({}, Status::out_of_budget) == INFINITY);
    // dropped by its latency, it was never asked for the rest
    CHECK(left({{"latency_ms", 6}}, Status::infeasible) == 0.5);
}
