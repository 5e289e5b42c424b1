// SPDX-License-Identifier: Apache-2.0
#include "espalier/sdk/conformance.hpp"

#include "catch.hpp"
#include "latency_product.hpp"
#include "weighted_sum.hpp"

using namespace espalier;

TEST_CASE("rewards are pure functions of the metrics that they name", "[rewards]")
{
    const std::vector<Metrics> examples = {{{"score", 0.5}, {"latency_ms", 10}, {"params", 1e6}},
                                           {{"score", 0.9}, {"latency_ms", 45}, {"params", 2e6}}};
    const std::vector<std::string> needed = {"score", "latency_ms"};
    const rewards::LatencyProduct product({.score = {"score"}, .latency = {"latency_ms"}, .target = 20}, {});
    CHECK(conformance::check_reward(product, examples, needed) == conformance::Violations{});
    const rewards::WeightedSum sum(
        {.metrics = {{"score"}, {"latency_ms"}}, .weights = {1, -0.1}, .offsets = {}, .scales = {}}, {});
    CHECK(conformance::check_reward(sum, examples, needed) == conformance::Violations{});
}
