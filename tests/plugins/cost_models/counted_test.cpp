// SPDX-License-Identifier: Apache-2.0
#include "counted.hpp"

#include "espalier/counts.hpp"

#include "catch.hpp"
#include "toys/quiet.hpp"

using namespace espalier;
using cost_models::Macs;
using cost_models::Params;

namespace {

using espalier::test::Quiet;

/// 4x8x8 -> conv3x3 to `middle` -> depthwise 3x3 -> linear to 3. Both convolutions without bias.
Network network(int middle)
{
    Network n;
    std::size_t x = n.add(Op::input, {}, {{"shape", {4, 8, 8}}});
    x = n.add(Op::conv, {x}, {{"out", {double(middle)}}, {"kernel", {3}}}, "a");
    x = n.add(Op::batch_norm, {x}, {}, "a.bn");
    x = n.add(Op::conv, {x}, {{"depthwise", {1}}, {"kernel", {3}}}, "b");
    x = n.add(Op::global_average, {x});
    n.add(Op::linear, {x}, {{"out", {3}}}, "c");
    return n;
}

template <class Model>
Metrics counted(const Network& n)
{
    Quiet quiet;
    Model model({}, {});
    const Candidate candidate(n);
    return model.evaluate({&candidate, 1}, quiet).at(0).metrics;
}

}  // namespace

TEST_CASE("multiply-adds and parameters are those counted by hand", "[cost_models]")
{
    CHECK(counted<Macs>(network(6)) == Metrics{{"macs", 9 * 4 * 6 * 64 + 9 * 6 * 64 + 6 * 3}});
    CHECK(counted<Params>(network(6)) == Metrics{{"params", 9 * 4 * 6 + 2 * 6 + 9 * 6 + 6 * 3 + 3}});
}

TEST_CASE("the layers' counts sum to the network's", "[cost_models]")
{
    const Network n = network(6);
    const auto summed = [&n](const LayerCosts* layers) {
        REQUIRE(layers != nullptr);
        double sum = 0;
        for (const Layer& layer : n)
            sum +=
                (*layers)(layer, layer.inputs().empty() ? 0 : double(layer.input_shape()[0]), double(layer.shape()[0]))
                    .value;
        return sum;
    };
    const Macs multiply_adds({}, {});
    const Params parameters({}, {});
    CHECK(multiply_adds.layers("params") == nullptr);
    CHECK(parameters.layers("macs") == nullptr);
    CHECK(summed(multiply_adds.layers("macs")) == macs(n));
    CHECK(summed(parameters.layers("params")) == params(n));
}

TEST_CASE("at other widths a layer counts what the network of that width counts, and its derivatives are the slopes",
          "[cost_models]")
{
    const Macs multiply_adds({}, {});
    const Params parameters({}, {});
    const Network six = network(6), nine = network(9);
    const auto check = [&](const LayerCosts& layers, double (*count)(const Layer&), std::size_t i) {
        const Layer layer = six[i];
        const double in = double(nine[i].input_shape()[0]), out = double(nine[i].shape()[0]);
        INFO(name(layer.op()) << " " << i);
        CHECK(layers(layer, in, out).value == Approx(count(nine[i])));
        const double step = 1e-3;
        const LayerCost here = layers(layer, 5.5, 4.25);
        CHECK(here.value != 0);
        CHECK(here.d_in == Approx((layers(layer, 5.5 + step, 4.25).value - here.value) / step).margin(1e-9));
        CHECK(here.d_out == Approx((layers(layer, 5.5, 4.25 + step).value - here.value) / step).margin(1e-9));
    };
    for (const std::size_t i : {1U, 3U, 5U})
        check(*multiply_adds.layers("macs"), &macs, i);
    for (const std::size_t i : {1U, 2U, 3U, 5U})
        check(*parameters.layers("params"), &params, i);
    CHECK((*multiply_adds.layers("macs"))(six[2], 6, 6).value == 0);  // normalisation is not counted
    CHECK((*multiply_adds.layers("macs"))(six[0], 0, 4).value == 0);
    CHECK((*parameters.layers("params"))(six[4], 6, 6).value == 0);
}

TEST_CASE("what a custom layer says of its parameters does not change with width", "[cost_models]")
{
    Network n;
    const std::size_t x = n.add(Op::input, {}, {{"shape", {4, 8, 8}}});
    n.add_custom("attention", {x}, {4, 8, 8}, {{"params", {100}}}, "a");
    const Params model({}, {});
    const LayerCost cost = (*model.layers("params"))(n[1], 7, 9);
    CHECK(cost.value == 100);
    CHECK(cost.d_in == 0);
    CHECK(cost.d_out == 0);
}
