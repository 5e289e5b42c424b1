// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <limits>

#include "espalier/counts.hpp"
#include "espalier/error.hpp"
#include "espalier/rng.hpp"

#include "analytic/roofline.hpp"
#include "analytic/smooth_ceiling.hpp"
#include "analytic/systolic.hpp"
#include "analytic/systolic_tiles.hpp"
#include "catch.hpp"
#include "toys/quiet.hpp"

using namespace espalier;
using namespace espalier::cost_models;

namespace {

struct ConvCase {
    int kernel, in, out, side;
    bool depthwise = false;
};

/// One convolution that keeps the side.
Network convolution(const ConvCase& c)
{
    Network n;
    const std::size_t x = n.add(Op::input, {}, {{"shape", {double(c.in), double(c.side), double(c.side)}}});
    Attributes attributes{{"kernel", {double(c.kernel)}}};
    if (c.depthwise)
        attributes.emplace("depthwise", std::vector<double>{1});
    else
        attributes.emplace("out", std::vector<double>{double(c.out)});
    n.add(Op::conv, {x}, attributes, "c");
    return n;
}

Network fully_connected(double in, double out)
{
    Network n;
    const std::size_t x = n.add(Op::input, {}, {{"shape", {in}}});
    n.add(Op::linear, {x}, {{"out", {out}}}, "l");
    return n;
}

/// {latency_ms, utilisation}
Metrics priced(CostModel& model, const Network& n)
{
    test::Quiet quiet;
    const Candidate candidate(n);
    const Evaluation e = model.evaluate({&candidate, 1}, quiet).at(0);
    INFO(e.reason);
    REQUIRE(e.status == Status::ok);
    return e.metrics;
}

Systolic::Options array(int side, int batch, const char* ceiling)
{
    Systolic::Options options;
    options.rows = options.columns = side;
    options.batch = batch;
    options.ceiling = ceiling;
    return options;
}

struct Vector {
    ConvCase conv;
    int batch, array;
    double cycles, utilisation, smooth_cycles, smooth_utilisation;
};

// the table of U-Boost's hardware model, array clock 1 GHz
const Vector kVectors[] = {
    {{3, 128, 128, 16}, 1, 128, 2304, 1, 2375.3086, 0.969979232},
    {{3, 64, 64, 32}, 1, 128, 5120, 0.45, 5117.2118, 0.450245191},
    {{1, 128, 128, 8}, 1, 128, 64, 1, 67.6049, 0.946676444},
    {{1, 129, 128, 8}, 1, 128, 128, 0.50390625, 68.1402, 0.946578394},
    {{5, 72, 200, 8}, 64, 128, 122880, 0.732421875, 116064.8967, 0.775428252},
    {{3, 256, 256, 16}, 64, 128, 589824, 1, 598938.8574, 0.984781656},
    {{3, 280, 280, 16}, 64, 128, 983040, 0.717773438, 917712.4404, 0.768868296},
    {{3, 128, 136, 16}, 64, 128, 294912, 0.53125, 172908.0320, 0.906100186},
    {{3, 16, 16, 16}, 64, 16, 147456, 1, 152019.7497, 0.969979232},
    {{3, 16, 17, 16}, 64, 16, 294912, 0.53125, 172908.0320, 0.906100186},
    {{3, 10, 10, 16}, 64, 16, 98304, 0.5859375, 98299.7275, 0.585962967},
    {{3, 128, 128, 32, true}, 1, 128, 131072, 0.00054931640625, 26468.6468, 0.00272019951},
    {{3, 16, 16, 16, true}, 64, 16, 262144, 9.0 / 256, 0, 0},
};

}  // namespace

TEST_CASE("the smooth ceiling has the published values", "[systolic]")
{
    const double values[][2] = {
        {0, 0.027777778},      {0.0703125, 0.201939749}, {0.25, 0.935878764}, {0.5, 0.999546155}, {0.75, 0.999998752},
        {0.9, 1.000694367},    {0.95, 1.004696781},      {0.99, 1.019798174}, {1, 1.027777757},   {1.01, 1.038542596},
        {1.05, 1.124035977},   {1.1, 1.355714432},       {1.25, 1.935878764}, {1.5, 1.999546155}, {2, 2.027777757},
        {2.0625, 2.168999618}, {2.5, 2.999546155},       {9, 9.027777757},    {9.5, 9.999546155}};
    for (const auto& [x, expected] : values) {
        INFO(x);
        CHECK(std::abs(smooth_ceiling(x).value - expected) < 1e-8);
    }
    const double slopes[][2] = {{0.25, 1.220076}, {0.5, 0.009074}, {1, 25.0 / 27}, {1.05, 3.214083}, {1.1, 5.742398}};
    for (const auto& [x, expected] : slopes) {
        INFO(x);
        CHECK(smooth_ceiling(x).derivative == Approx(expected).epsilon(1e-4));
        CHECK(smooth_ceiling(x).derivative ==
              Approx((smooth_ceiling(x + 1e-6).value - smooth_ceiling(x - 1e-6).value) / 2e-6).epsilon(1e-6));
    }
    // as far as one likes, in contrast to a fixed number of steps
    CHECK(smooth_ceiling(1000.5).value == Approx(1001 - 0.000453845 + 1e-6).epsilon(1e-7));
}

TEST_CASE("a systolic array's cycles and utilisation are the published ones", "[systolic]")
{
    for (const Vector& v : kVectors) {
        INFO(v.conv.kernel << "x" << v.conv.kernel << " " << v.conv.in << "->" << v.conv.out);
        const Network n = convolution(v.conv);
        Systolic hard(array(v.array, v.batch, "hard"), {}), smooth(array(v.array, v.batch, "smooth"), {});
        const Metrics exact = priced(hard, n), soft = priced(smooth, n);
        CHECK(exact.at("latency_ms") * 1e6 == Approx(v.cycles).epsilon(1e-12));
        CHECK(exact.at("utilisation") == Approx(v.utilisation).epsilon(1e-8));
        // the identity behind all of it
        CHECK(v.cycles * v.array * v.array * exact.at("utilisation") == Approx(v.batch * macs(n)).epsilon(1e-12));
        if (v.smooth_cycles == 0)
            continue;
        CHECK(soft.at("latency_ms") * 1e6 == Approx(v.smooth_cycles).epsilon(1e-6));
        CHECK(soft.at("utilisation") == Approx(v.smooth_utilisation).epsilon(1e-6));
    }
    Systolic hard(array(128, 1, "hard"), {}), smooth(array(128, 1, "smooth"), {});
    CHECK(priced(hard, fully_connected(1024, 10)).at("latency_ms") * 1e6 == Approx(8));
    CHECK(priced(hard, fully_connected(1024, 10)).at("utilisation") == Approx(0.078125));
    CHECK(priced(smooth, fully_connected(1024, 10)).at("latency_ms") * 1e6 == Approx(1.9139).epsilon(1e-4));
    CHECK(priced(smooth, fully_connected(1024, 10)).at("utilisation") == Approx(0.326564317).epsilon(1e-6));
    Systolic five(array(16, 1, "smooth"), {}), five_hard(array(16, 1, "hard"), {});
    const Network depthwise = convolution({5, 64, 64, 16, true});
    CHECK(priced(five_hard, depthwise).at("latency_ms") * 1e6 == Approx(32768));
    CHECK(priced(five_hard, depthwise).at("utilisation") == Approx(25.0 / 512));
    CHECK(priced(five, depthwise).at("latency_ms") * 1e6 == Approx(32765.8691).epsilon(1e-8));
}

TEST_CASE("channels and array divided by the same factor cost the same", "[systolic]")
{
    Systolic large(array(128, 64, "hard"), {}), small(array(16, 64, "hard"), {});
    for (const auto& [in, out] : {std::pair{128, 136}, {64, 280}, {256, 72}}) {
        const Metrics a = priced(large, convolution({3, in, out, 16})),
                      b = priced(small, convolution({3, in / 8, out / 8, 16}));
        CHECK(a.at("latency_ms") == Approx(b.at("latency_ms")));
        CHECK(a.at("utilisation") == Approx(b.at("utilisation")));
    }
}

TEST_CASE("groups are products one after the other, tokens are rows", "[systolic]")
{
    Network n;
    const std::size_t x = n.add(Op::input, {}, {{"shape", {64, 8, 8}}});
    n.add(Op::conv, {x}, {{"out", {96}}, {"kernel", {3}}, {"groups", {4}}}, "c");
    Systolic model(array(16, 1, "hard"), {});
    CHECK(priced(model, n).at("latency_ms") * 1e6 == Approx(4 * 9 * 2 * 64));  // 144 x 24 each
    Network tokens;
    const std::size_t t = tokens.add(Op::input, {}, {{"shape", {50, 32}}});
    tokens.add(Op::linear, {t}, {{"out", {16}}}, "l");
    CHECK(priced(model, tokens).at("latency_ms") * 1e6 == Approx(2 * 1 * 50));
}

TEST_CASE("a roofline is the longer of multiply-adds and bytes", "[roofline]")
{
    Roofline::Options options;
    options.batch = 64;
    Roofline model(options, {});
    CHECK(priced(model, convolution({3, 128, 128, 16})).at("latency_ms") == Approx(0.147456));
    CHECK(priced(model, convolution({3, 128, 128, 16})).at("utilisation") == Approx(1));
    CHECK(priced(model, convolution({1, 64, 64, 16})).at("latency_ms") == Approx(0.0525312));
    CHECK(priced(model, convolution({1, 64, 64, 16})).at("utilisation") == Approx(0.07797).epsilon(1e-4));
    options.published_bytes = true;  // 2,113,536 bytes
    Roofline published(options, {});
    CHECK(priced(published, convolution({1, 64, 64, 16})).at("latency_ms") == Approx(2'113'536 / 80e9 * 1e3));
    options.batch = 1;
    Roofline published_single(options, {});
    CHECK(priced(published_single, convolution({3, 128, 128, 4})).at("latency_ms") == Approx(301'312 / 80e9 * 1e3));
    options.published_bytes = false;
    Roofline single(options, {});
    CHECK(priced(single, convolution({3, 128, 128, 4})).at("latency_ms") == Approx(0.0037888));
    CHECK(priced(single, convolution({3, 128, 128, 4})).at("utilisation") == Approx(0.0380068).epsilon(1e-5));
    options.bandwidth_bytes_per_s = std::numeric_limits<double>::infinity();
    Roofline flops(options, {});
    CHECK(priced(flops, convolution({3, 128, 128, 4})).at("latency_ms") == Approx(0.000144));
    CHECK(priced(flops, convolution({3, 128, 128, 4, true})).at("utilisation") == Approx(1));
}

TEST_CASE("tiles wait for their weights", "[systolic_tiles]")
{
    SystolicTiles model({}, {});
    const std::pair<ConvCase, double> cycles[] = {
        {{3, 128, 128, 16}, 2494.73}, {{3, 128, 144, 16}, 4798.73},   {{3, 144, 128, 16}, 3006.73},
        {{3, 64, 64, 32}, 5215.37},   {{5, 256, 256, 32}, 102590.73}, {{1, 256, 256, 16}, 1214.73},
        {{3, 128, 128, 8}, 1844.61},  {{3, 256, 256, 8}, 6994.46},    {{3, 128, 144, 8}, 2494.73},
        {{5, 256, 256, 4}, 19201.49}, {{1, 64, 64, 2}, 111.68},       {{3, 64, 64, 16, true}, 16384}};
    for (const auto& [conv, expected] : cycles) {
        INFO(conv.kernel << "x" << conv.kernel << " " << conv.in << "->" << conv.out << " at " << conv.side);
        CHECK(std::abs(priced(model, convolution(conv)).at("latency_ms") * 1e6 - expected) < 0.005);
    }
}

TEST_CASE("at a whole tile the derivatives are those from the left", "[systolic_tiles]")
{
    SystolicTiles::Options o;
    o.rows = 16;
    o.columns = 8;
    o.bandwidth_bytes_per_s = 1e9;  // a byte a cycle: loading is what takes long
    const SystolicTiles model(o, {});
    const Network n = convolution({3, 16, 16, 2});
    const LayerCosts& costs = *model.layers("latency_ms");
    const double h = 1e-5;
    const LayerCost here = costs(n.output(), 16, 16);
    CHECK(here.d_in == Approx((here.value - costs(n.output(), 16 - h, 16).value) / h).epsilon(1e-5));
    CHECK(here.d_out == Approx((here.value - costs(n.output(), 16, 16 - h).value) / h).epsilon(1e-5));
    CHECK(here.d_in > 0);
    CHECK(here.d_out > 0);
    CHECK(costs(n.output(), 16, 0).value == 0);
    CHECK(costs(n.output(), 0, 16).value == 0);
}

TEST_CASE("tiles of a row at once take as long as one by one", "[systolic_tiles]")
{
    Rng rng(1, "tiles");
    const auto drawn = [&](int most) { return 1 + static_cast<int>(rng.below(static_cast<std::uint64_t>(most))); };
    for (int i = 0; i < 300; ++i) {
        SystolicTiles::Options o;
        o.rows = drawn(20);
        o.columns = drawn(20);
        o.bandwidth_bytes_per_s = 1e9 * drawn(40);  // bytes a cycle
        const ConvCase conv{1 + 2 * (i % 3), drawn(30), drawn(90), drawn(6)};
        const double inner = conv.kernel * conv.kernel * conv.in, streamed = conv.side * conv.side;
        double loaded = 0, time = 0;
        for (double row = 0; row < inner; row += o.rows)
            for (double column = 0; column < conv.out; column += o.columns) {
                const double r = std::min<double>(o.rows, inner - row);
                loaded += r * std::min<double>(o.columns, conv.out - column) / (o.bandwidth_bytes_per_s / 1e9);
                time = std::max(time, loaded) + std::max(streamed, r);
            }
        SystolicTiles model(o, {});
        INFO(conv.kernel << "x" << conv.kernel << " " << conv.in << "->" << conv.out << " at " << conv.side);
        CHECK(priced(model, convolution(conv)).at("latency_ms") * 1e6 == Approx(time).epsilon(1e-9));
    }
}

TEST_CASE("derivatives by the widths are the slopes", "[systolic][roofline][systolic_tiles]")
{
    Systolic smooth(array(16, 64, "smooth"), {});
    Systolic::Options first = array(16, 64, "smooth");
    first.first_tile_hard = true;
    Systolic at_least_one(first, {});
    Roofline::Options options;
    options.batch = 3;
    Roofline roofline(options, {});
    options.bandwidth_bytes_per_s = 1e6;
    Roofline starved(options, {});
    SystolicTiles::Options small;
    small.rows = 16;
    small.columns = 8;
    SystolicTiles tiles(small, {});
    small.bandwidth_bytes_per_s = 1e8;
    SystolicTiles loading(small, {});
    Network grouped;
    const std::size_t x = grouped.add(Op::input, {}, {{"shape", {16, 9, 9}}});
    grouped.add(Op::conv, {x}, {{"out", {8}}, {"kernel", {3}}, {"groups", {4}}, {"stride", {2}}}, "c");
    const Network networks[] = {convolution({3, 20, 24, 8}), convolution({5, 20, 20, 8, true}), grouped,
                                fully_connected(40, 30)};
    for (const ArrayModel* model :
         std::initializer_list<const ArrayModel*>{&smooth, &at_least_one, &roofline, &starved, &tiles, &loading})
        for (const char* metric : {"latency_ms", "utilisation"})
            for (const Network& n : networks)
                for (const auto& [in, out] : {std::pair{17.3, 16.6}, {20.1, 31.9}, {2.2, 40.7}}) {
                    const LayerCosts& costs = *model->layers(metric);
                    const Layer layer = n.output();
                    INFO(metric << " " << to_string(n) << " at " << in << ", " << out);
                    const double h = 1e-5;
                    const LayerCost here = costs(layer, in, out);
                    const double d_in = (costs(layer, in + h, out).value - costs(layer, in - h, out).value) / (2 * h);
                    const double d_out = (costs(layer, in, out + h).value - costs(layer, in, out - h).value) / (2 * h);
                    CHECK(here.d_in == Approx(d_in).epsilon(1e-5).margin(1e-9 * here.value));
                    CHECK(here.d_out == Approx(d_out).epsilon(1e-5).margin(1e-9 * here.value));
                }
}

TEST_CASE("a network's figures are those of its layers, free layers included", "[systolic]")
{
    Network n;
    std::size_t x = n.add(Op::input, {}, {{"shape", {3, 16, 16}}});
    x = n.add(Op::conv, {x}, {{"out", {20}}, {"kernel", {3}}}, "a");
    x = n.add(Op::batch_norm, {x}, {}, "a.bn");
    x = n.add(Op::max_pool, {x}, {{"stride", {2}}});
    x = n.add(Op::conv, {x}, {{"out", {40}}}, "b");
    x = n.add(Op::global_average, {x});
    n.add(Op::linear, {x}, {{"out", {10}}}, "c");
    Systolic model(array(16, 2, "hard"), {});
    double ms = 0;
    for (const Layer layer : n) {
        if (layer.inputs().empty())
            continue;
        const double in = width(layer.input_shape()), out = width(layer.shape());
        const LayerCost cost = (*model.layers("latency_ms"))(layer, in, out);
        ms += cost.value;
        if (macs(layer) == 0) {
            CHECK(cost.value == 0);
            CHECK((*model.layers("utilisation"))(layer, in, out).value == 1);
        }
    }
    const Metrics whole = priced(model, n);
    CHECK(whole.at("latency_ms") == Approx(ms));
    CHECK(whole.at("utilisation") == Approx(2 * macs(n) / (256 * 1e6 * ms)));
}

TEST_CASE("what no array model knows is refused by name", "[systolic]")
{
    Network n;
    const std::size_t x = n.add(Op::input, {}, {{"shape", {3, 16, 16}}});
    n.add_custom("attention", {x}, {3, 16, 16}, {{"macs", {100}}});
    test::Quiet quiet;
    const Candidate candidate(n);
    Systolic model({}, {});
    const Evaluation e = model.evaluate({&candidate, 1}, quiet).at(0);
    CHECK(e.status == Status::failed);
    CHECK_THAT(e.reason, Catch::Matchers::Contains("attention"));
    Systolic::Options same;
    same.utilisation_as = "latency_ms";
    CHECK_THROWS_AS(Systolic(same, {}), OptionErrors);
}
