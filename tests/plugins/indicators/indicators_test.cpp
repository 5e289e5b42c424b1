// SPDX-License-Identifier: Apache-2.0
#include "indicators.hpp"

#include <algorithm>
#include <cmath>
#include <thread>

#include <ATen/ATen.h>

#include "espalier/error.hpp"
#include "espalier/sdk/conformance.hpp"
#include "espalier/torch/tensors/generator.hpp"

#include "catch.hpp"
#include "noise.hpp"
#include "space.hpp"
#include "toys/quiet.hpp"
#include "toys/toy_space.hpp"

namespace {

using espalier::test::Noise;
using espalier::test::Quiet;
using namespace espalier;
using indicators::Indicators;
using nas_bench_201::NasBench201;

struct Bench {
    Noise data;
    Setup setup;
    std::unique_ptr<NasBench201> space;
    Quiet context;
    Bench()
    {
        setup.data = &data;
        setup.make_component = [](Kind kind, const Config& config, const Setup& s) -> std::unique_ptr<Component> {
            REQUIRE(kind == Kind::space);
            if (config.find("use")->scalar == "other")
                return std::make_unique<ToySpace>(std::vector<Decision>{{"a", {"0", "1"}}});
            Describe<NasBench201::Options> described;
            NasBench201::Options::describe(described);
            NasBench201::Options options;
            read_map(config, described.options, &options);
            return std::make_unique<NasBench201>(options, s);
        };
        space = std::make_unique<NasBench201>(NasBench201::Options{}, setup);
        setup.space = space.get();
    }
    static Indicators::Options options()
    {
        Indicators::Options o;
        o.batch = 8;
        o.kernel_batch = 6;
        o.region_samples = 40;
        return o;
    }
    std::vector<Candidate> candidates() const
    {
        std::vector<Candidate> result;
        for (const std::vector<std::uint16_t>& cell : std::initializer_list<std::vector<std::uint16_t>>{
                 {3, 3, 4, 1, 2, 0}, {0, 0, 0, 0, 0, 0}, {3, 3, 3, 1, 3, 2}, {1, 4, 1, 0, 4, 2}, {1, 0, 0, 1, 0, 0}})
            result.emplace_back(*space, Architecture{cell});
        return result;
    }
    std::vector<Metrics> metrics(Indicators& indicators, std::vector<Candidate> batch)
    {
        std::vector<Metrics> result;
        for (const Evaluation& e : indicators.evaluate(batch, context)) {
            INFO(e.reason);
            REQUIRE(e.ok());
            result.push_back(e.metrics);
        }
        return result;
    }
};

}  // namespace

TEST_CASE("no more images are wanted than the indicators asked for look at", "[indicators]")
{
    Bench bench;  // of 40 images
    Indicators::Options defaults;
    defaults.metrics = {"naswot", "synflow", "complexity", "meco"};
    defaults.batch = defaults.scored_batch = 8;
    Indicators few(defaults, bench.setup);
    CHECK(bench.metrics(few, {bench.candidates()[0]}).size() == 1);

    const auto refused = [&](std::vector<std::string> metrics, const std::string& sentence) {
        Indicators::Options options;
        options.metrics = std::move(metrics);
        options.scored_batch = options.kernel_batch = 41;
        CHECK_THROWS_WITH(Indicators(options, bench.setup), sentence +
                                                                " different training images are wanted, and the "
                                                                "data have 40");
    };
    refused({"nlr"}, "region_samples: 3000");
    refused({"cnntk"}, "kernel_batch: 41");
    refused({"os_var"}, "batch: 64");
    refused({"synflow"}, "scored_batch: 41");
    Indicators::Options cutouts;  // copies of one image
    cutouts.metrics = {"cj_count"};
    Indicators copies(cutouts, bench.setup);
    CHECK(bench.metrics(copies, {bench.candidates()[0]}).size() == 1);
}

TEST_CASE("indicators keep what evaluators promise", "[indicators]")
{
    Bench bench;
    std::vector<Candidate> batch = bench.candidates();
    // a convolution and a skip, by way of node 1 and by way of node 2: one function
    batch.emplace_back(*bench.space, Architecture{{3, 0, 0, 0, 1, 0}});
    batch.emplace_back(*bench.space, Architecture{{0, 3, 0, 0, 0, 1}});
    REQUIRE(batch[5].key() == batch[6].key());
    Indicators indicators(Bench::options(), bench.setup);
    CHECK(conformance::check_evaluator(indicators, batch) == conformance::Violations{});
}

TEST_CASE("every network has all indicators, finite, also one that ignores its input", "[indicators]")
{
    Bench bench;
    Indicators indicators(Bench::options(), bench.setup);
    const std::vector<Metrics> seen = bench.metrics(indicators, bench.candidates());
    for (const Metrics& metrics : seen) {
        CHECK(metrics.size() == 7);
        for (const auto& [name, value] : metrics) {
            INFO(name);
            CHECK(std::isfinite(value));
        }
    }
    const Metrics& nothing = seen[1];  // all edges none
    CHECK(nothing.at("cj_count") == 0);
    CHECK(nothing.at("nlr") == 1);
    CHECK(nothing.at("os_var") == 0);
    CHECK(nothing.at("os_rel") == 0);
    CHECK(nothing.at("naswot") == 0);
    for (const auto& [name, value] : seen[2]) {
        INFO(name);
        CHECK(value > nothing.at(name));
    }
    CHECK(seen[4].at("nlr") == 1);  // skips only: no ReLU in the cell
}

TEST_CASE("scores depend neither on the order nor on the company nor on the thread", "[indicators]")
{
    Bench bench;
    Indicators indicators(Bench::options(), bench.setup), again(Bench::options(), bench.setup);
    const std::vector<Candidate> batch = bench.candidates();
    const std::vector<Metrics> seen = bench.metrics(indicators, batch);
    std::vector<Candidate> reversed(batch.rbegin(), batch.rend());
    std::vector<Metrics> backwards = bench.metrics(again, reversed);
    std::reverse(backwards.begin(), backwards.end());
    CHECK(backwards == seen);

    Indicators shared(Bench::options(), bench.setup);
    std::vector<Metrics> parallel(batch.size());
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < batch.size(); ++i)
        threads.emplace_back([&, i] {
            Quiet context;
            parallel[i] = shared.evaluate({&batch[i], 1}, context).front().metrics;
        });
    for (std::thread& thread : threads)
        thread.join();
    CHECK(parallel == seen);
}

TEST_CASE("architectures that are the same network have the same scores", "[indicators]")
{
    Bench bench;
    Indicators indicators(Bench::options(), bench.setup);
    // 0->1 none, so what 1 feeds does not count
    const Candidate one(*bench.space, Architecture{{0, 3, 2, 1, 4, 2}}),
        same(*bench.space, Architecture{{0, 3, 3, 1, 1, 2}});
    REQUIRE(one.key() == same.key());
    CHECK(bench.metrics(indicators, {one}) == bench.metrics(indicators, {same}));
}

TEST_CASE("the seed changes images and weights, repeats are averaged", "[indicators]")
{
    Bench bench;
    Indicators::Options options = Bench::options();
    Indicators first(options, bench.setup);
    options.seed = 2;
    Indicators second(options, bench.setup);
    options.seed = 1;
    options.repeats = 3;
    Indicators mean(options, bench.setup);
    const std::vector<Candidate> one{bench.candidates()[2]};
    const Metrics a = bench.metrics(first, one)[0], b = bench.metrics(second, one)[0], c = bench.metrics(mean, one)[0];
    CHECK(first.seed() == 1);
    CHECK(second.seed() == 2);
    for (const char* metric : {"cj_logdet", "cnntk", "os_var", "naswot"}) {
        INFO(metric);
        CHECK(a.at(metric) != b.at(metric));
        CHECK(a.at(metric) != c.at(metric));
    }
}

TEST_CASE("a subset of the indicators has the values of the full set", "[indicators]")
{
    Bench bench;
    Indicators all(Bench::options(), bench.setup);
    const std::vector<Candidate> one{bench.candidates()[0]};
    const Metrics full = bench.metrics(all, one)[0];
    for (const auto& [name, value] : full) {
        Indicators::Options options = Bench::options();
        options.metrics = {name};
        Indicators single(options, bench.setup);
        CHECK(single.metrics() == std::vector<std::string>{name});
        const Metrics seen = bench.metrics(single, one)[0];
        CHECK(seen == Metrics{{name, value}});
    }
}

TEST_CASE("indicators stop when they are asked to", "[indicators]")
{
    Bench bench;
    Indicators indicators(Bench::options(), bench.setup);
    bench.context.stop = true;
    const std::vector<Candidate> batch = bench.candidates();
    for (const Evaluation& e : indicators.evaluate(batch, bench.context))
        CHECK(e.status == Status::failed);
}

TEST_CASE("indicators refuse what they cannot work with", "[indicators]")
{
    Bench bench;
    Indicators::Options options = Bench::options();
    SECTION("another space")
    {
        options.network = Use<SearchSpace>("{use: other}");
        CHECK_THROWS_WITH(Indicators(options, bench.setup),
                          ContainsSubstring("network: ") && ContainsSubstring("other decisions"));
    }
    SECTION("no metrics")
    {
        options.metrics.clear();
        CHECK_THROWS_WITH(Indicators(options, bench.setup), ContainsSubstring("metrics"));
    }
    SECTION("a metric twice")
    {
        options.metrics = {"nlr", "nlr"};
        CHECK_THROWS_WITH(Indicators(options, bench.setup), ContainsSubstring("metrics.1"));
    }
    SECTION("no data")
    {
        bench.setup.data = nullptr;
        CHECK_THROWS_WITH(Indicators(options, bench.setup), ContainsSubstring("needs data"));
    }
    SECTION("more images than there are")
    {
        options.batch = 41;
        CHECK_THROWS_WITH(Indicators(options, bench.setup), ContainsSubstring("batch: 41 different training images"));
    }
}

TEST_CASE("cut-outs are copies of one image with one small rectangle missing", "[indicators]")
{
    const at::Tensor image =
        at::randn({3, 32, 32}, torch_sdk::generator(1, "x"), at::TensorOptions(at::kFloat)) + 10;  // nowhere 0
    Rng rng(3);
    const at::Tensor copies = indicators::cut_out(image, 300, {}, rng);
    int whole = 0;
    for (std::int64_t i = 0; i < 300; ++i) {
        const at::Tensor missing = copies[i].eq(0);
        CHECK(at::equal(missing[0], missing[1]));
        CHECK(at::equal(copies[i].masked_select(missing.logical_not()), image.masked_select(missing.logical_not())));
        const auto pixels = missing[0].sum().item<std::int64_t>();
        whole += pixels == 0 ? 1 : 0;
        if (pixels == 0)
            continue;
        const at::Tensor places = missing[0].nonzero();
        const auto low = std::get<0>(places.min(0)), high = std::get<0>(places.max(0));
        const auto height = (high - low)[0].item<std::int64_t>() + 1, width = (high - low)[1].item<std::int64_t>() + 1;
        CHECK(pixels == height * width);
        CHECK(pixels >= 0.02 * 1024 - 4);
        CHECK(pixels <= 0.04 * 1024 + 8);
        CHECK(static_cast<double>(height) / static_cast<double>(width) < 4.5);
    }
    CHECK(whole == Approx(30).margin(20));
    const at::Tensor squares = indicators::cut_out(image, 10, {.side = 5}, rng);
    for (std::int64_t i = 0; i < 10; ++i)
        CHECK(squares[i][0].eq(0).sum().item<std::int64_t>() == 25);
}
