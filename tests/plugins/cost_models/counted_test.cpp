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

TEST_CASE("the layers' multiply-adds sum to the network's", "[cost_models]")
{
    const Macs model({}, {});
    const LayerCosts* layers = model.layers("macs");
    REQUIRE(layers != nullptr);
    CHECK(model.layers("params") == nullptr);
    const Network n = network(6);
    double sum = 0;
    for (const Layer& layer : n)
        sum += (*layers)(layer, layer.inputs().empty() ? 0 : double(layer.input_shape()[0]), double(layer.shape()[0]))
                   .value;
    CHECK(sum == macs(n));
}

TEST_CASE("at other widths a layer costs what the network of that width costs, and its derivatives are the slopes",
          "[cost_models]")
{
    const Macs model({}, {});
    const LayerCosts& layers = *model.layers("macs");
    const Network six = network(6), nine = network(9);
    for (const std::size_t i : {1U, 3U, 5U}) {
        const Layer layer = six[i];
        const double in = double(nine[i].input_shape()[0]), out = double(nine[i].shape()[0]);
        INFO(name(layer.op()) << " " << i);
        CHECK(layers(layer, in, out).value == Approx(macs(nine[i])));
        const double step = 1e-3;
        const LayerCost here = layers(layer, 5.5, 4.25);
        CHECK(here.d_in == Approx((layers(layer, 5.5 + step, 4.25).value - here.value) / step));
        CHECK(here.d_out == Approx((layers(layer, 5.5, 4.25 + step).value - here.value) / step));
    }
    CHECK(layers(six[2], 6, 6).value == 0);  // normalisation is not counted
    CHECK(layers(six[0], 0, 4).value == 0);
}
