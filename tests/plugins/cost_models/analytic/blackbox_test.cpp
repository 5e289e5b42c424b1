// SPDX-License-Identifier: Apache-2.0
#include "analytic/blackbox.hpp"

#include "espalier/error.hpp"

#include "catch.hpp"
#include "plugins/cost_models/nested_cost_models.hpp"
#include "toys/quiet.hpp"

using namespace espalier;
using namespace espalier::cost_models;

namespace {

const test::NestedComponents& boxes()
{
    static const test::NestedComponents parts = test::nested_cost_models();
    return parts;
}

/// A strided, a grouped and a depthwise convolution, pooling, tokens aside.
Network mixed(double a, double b)
{
    Network n;
    std::size_t x = n.add(Op::input, {}, {{"shape", {32, 16, 16}}});
    x = n.add(Op::conv, {x}, {{"out", {a}}, {"kernel", {3}}, {"stride", {2}}}, "a");
    x = n.add(Op::batch_norm, {x}, {}, "a.bn");
    x = n.add(Op::conv, {x}, {{"out", {b}}, {"kernel", {3}}, {"groups", {4}}}, "b");
    x = n.add(Op::conv, {x}, {{"depthwise", {1}}, {"kernel", {5}}}, "c");
    x = n.add(Op::global_average, {x});
    n.add(Op::linear, {x}, {{"out", {16}}}, "d");
    return n;
}

Metrics price_of(CostModel& model, const Network& n)
{
    test::Quiet quiet;
    const Candidate candidate(n);
    const Evaluation e = model.evaluate({&candidate, 1}, quiet).at(0);
    INFO(e.reason);
    REQUIRE(e.ok());
    return e.metrics;
}

}  // namespace

TEST_CASE("on the grid a blackbox says what its model says, off it what the nearest point costs", "[blackbox]")
{
    const auto box = boxes().cost_model(
        "{use: blackbox, of: {use: systolic_tiles, batch: 4}, utilisation: utilisation, as: box_ms}");
    const auto tiles = boxes().cost_model("{use: systolic_tiles, batch: 4}");
    for (const auto& [a, b] : {std::pair{16.0, 48.0}, {64.0, 64.0}, {128.0, 256.0}}) {
        const Metrics of_box = price_of(*box, mixed(a, b)), of_model = price_of(*tiles, mixed(a, b));
        CHECK(of_box.at("box_ms") == Approx(of_model.at("latency_ms")).epsilon(1e-12));
        CHECK(of_box.at("utilisation") == Approx(of_model.at("utilisation")).epsilon(1e-12));
    }
    CHECK(price_of(*box, mixed(60, 68)) == price_of(*box, mixed(64, 64)));
    CHECK(price_of(*box, mixed(8, 24)) == price_of(*box, mixed(16, 32)));       // the smallest; 24 is half-way
    CHECK(price_of(*box, mixed(256, 400)) == price_of(*box, mixed(256, 256)));  // the largest
}

TEST_CASE("a blackbox has no gradients by the widths", "[blackbox]")
{
    const auto box =
        boxes().cost_model("{use: blackbox, of: {use: systolic, ceiling: smooth}, utilisation: utilisation}");
    const Network n = mixed(64, 64);
    for (const char* metric : {"latency_ms", "utilisation"}) {
        const LayerCosts* layers = box->layers(metric);
        REQUIRE(layers != nullptr);
        for (const std::size_t i : {1U, 3U, 4U, 6U}) {
            const LayerCost cost = (*layers)(n[i], 37.2, 70.9), nearest = (*layers)(n[i], 32, 64);
            CHECK(cost.value == nearest.value);
            CHECK(cost.value > 0);
            CHECK(cost.d_in == 0);
            CHECK(cost.d_out == 0);
        }
    }
    CHECK((*box->layers("latency_ms"))(n[2], 64, 64).value == 0);
    CHECK((*box->layers("utilisation"))(n[2], 64, 64).value == 1);
}

TEST_CASE("a blackbox of what its model does not give is refused", "[blackbox]")
{
    using Catch::Matchers::Contains;
    CHECK_THROWS_WITH(boxes().cost_model("{use: blackbox, of: {use: macs}}"),
                      Contains("metric") && Contains("no 'latency_ms'"));
    CHECK_THROWS_WITH(boxes().cost_model("{use: blackbox, of: {use: macs}, metric: macs, utilisation: utilisation}"),
                      Contains("no 'utilisation'"));
    CHECK_THROWS_WITH(boxes().cost_model("{use: blackbox, of: {use: systolic}, step: 64, largest: 32}"),
                      Contains("below"));
}
