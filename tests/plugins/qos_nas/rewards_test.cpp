// SPDX-License-Identifier: Apache-2.0
#include "rewards.hpp"

#include <string>
#include <vector>

#include "espalier/error.hpp"
#include "espalier/sdk/conformance.hpp"

#include "catch.hpp"

using namespace espalier;
using qos_nas::InstanasParabola;
using qos_nas::QosProduct;

namespace {

Metrics request(double correct, double prob, double requested)
{
    return {{"correct", correct}, {"prob", prob}, {"fps", 1000 / 20.0}, {"requested_fps", requested}};
}

double parabola(double latency, double correct = 1, const InstanasParabola::Options& options = {1, 0, 1})
{
    return InstanasParabola(options,
                            {})({{"correct", correct}, {"latency_ms", latency}, {"lower_ms", 1}, {"upper_ms", 5}});
}

}  // namespace

TEST_CASE("the product pays right answers in time", "[qos_nas]")
{
    const QosProduct product({}, {});
    CHECK(product(request(1, 0.6, 50)) == 1);  // 20 ms are 50 frames a second
    CHECK(product(request(1, 0.6, 50.1)) == 0);
    CHECK(product(request(0, 0.4, 50)) == 0);
    const QosProduct prob({.accuracy = "prob"}, {});
    CHECK(prob(request(1, 0.6, 50)) == 0.6);
    CHECK(prob(request(0, 0.4, 50)) == 0.4);
    CHECK(prob(request(1, 0.6, 50.1)) == 0);
}

TEST_CASE("the parabola is 1 halfway between its bounds and 0 beyond them", "[qos_nas]")
{
    const double expected[] = {0, 0, 0.75, 1, 0.75, 0, 0};
    for (int latency = 0; latency <= 6; ++latency) {
        INFO(latency);
        CHECK(parabola(latency) == expected[latency]);
        CHECK(parabola(latency, 0) == 0);
        CHECK(parabola(latency, 1, {}) == 30 * expected[latency]);
        CHECK(parabola(latency, 1, {.exponent = 2}) == 30 * expected[latency] * expected[latency]);
        CHECK(parabola(latency, 0, {.wrong = -5}) == -5);
    }
    CHECK_THROWS_WITH(InstanasParabola({}, {})({{"correct", 1}, {"latency_ms", 3}, {"lower_ms", 5}, {"upper_ms", 5}}),
                      ContainsSubstring("`upper_ms` must be above `lower_ms`"));
}

TEST_CASE("the method's rewards are pure functions of the metrics that they name", "[qos_nas]")
{
    const std::vector<Metrics> examples = {request(1, 0.9, 20), request(0, 0.2, 60)};
    for (const std::string accuracy : {"correct", "prob"}) {
        const std::vector<std::string> needed = {accuracy, "fps", "requested_fps"};
        CHECK(conformance::check_reward(QosProduct({.accuracy = accuracy}, {}), examples, needed) ==
              conformance::Violations{});
    }
    const std::vector<Metrics> bounded = {{{"correct", 1}, {"latency_ms", 3}, {"lower_ms", 1}, {"upper_ms", 5}},
                                          {{"correct", 0}, {"latency_ms", 7}, {"lower_ms", 1}, {"upper_ms", 5}}};
    const std::vector<std::string> needed = {"correct", "latency_ms", "lower_ms", "upper_ms"};
    CHECK(conformance::check_reward(InstanasParabola({}, {}), bounded, needed) == conformance::Violations{});
}
