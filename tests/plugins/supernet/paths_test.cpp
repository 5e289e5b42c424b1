// SPDX-License-Identifier: Apache-2.0
#include "supernet/paths.hpp"

#include <map>
#include <set>

#include <ATen/ops/empty.h>

#include "espalier/counts.hpp"
#include "espalier/error.hpp"

#include "catch.hpp"
#include "columns.hpp"
#include "nas_bench_201/space.hpp"
#include "once_for_all/mobilenet_v3.hpp"
#include "supernet/extremes.hpp"
#include "toys/toy_space.hpp"

using namespace espalier;
using namespace espalier::supernet;

namespace {

constexpr std::size_t kOptions[] = {3, 1, 2};

/// A layer of `kOptions` widths for each decision: how wide it is says which option was taken.
Network wide()
{
    Network n;
    std::size_t x = n.add(Op::input, {}, {{"shape", {2}}});
    for (std::size_t d = 0; d < std::size(kOptions); ++d) {
        std::vector<std::size_t> options;
        for (std::size_t k = 0; k < kOptions[d]; ++k) {
            const std::string name = std::to_string(d) + "." + std::to_string(k);
            const std::size_t hidden =
                n.add(Op::linear, {x}, {{"out", {static_cast<double>(k + 1)}}}, name + ".hidden");
            options.push_back(n.add(Op::linear, {hidden}, {{"out", {2}}}, name + ".back"));
        }
        x = n.add(Op::choice, options, {{"decision", {static_cast<double>(d)}}});
    }
    return n;
}

class Wide final : public ToySpace {
public:
    Wide() : ToySpace({}, wide())
    {
        for (const std::size_t options : kOptions)
            decisions_.push_back(digit_decisions(1, options).front());
    }
};

/// As many multiply-adds as the network has.
class Macs final : public CostModel {
public:
    explicit Macs(bool learns = false) : learns_{learns} {}
    std::vector<std::string> metrics() const override { return {"macs"}; }
    bool trains() const override { return learns_; }
    std::vector<Evaluation> evaluate(std::span<const Candidate> batch, Context&) override
    {
        std::vector<Evaluation> all;
        for (const Candidate& candidate : batch)
            all.push_back({candidate.architecture(), {{"macs", macs(candidate.network())}}, Status::ok, {}});
        return all;
    }

private:
    bool learns_;
};

/// Which option each of a path's decisions took.
std::vector<std::size_t> taken(const torch_sdk::Path& path)
{
    std::vector<std::size_t> options;
    for (const Layer layer : path.network)
        if (layer.spec().weights.ends_with(".hidden"))
            options.push_back(static_cast<std::size_t>(layer.shape()[0]) - 1);
    return options;
}

struct Drawn {
    explicit Drawn(const Sampling& sampling, const PathConstraint* constraint = nullptr, const Sampler& given = nullptr)
        : paths{super, all, given ? given : [this](Rng& r) { return random_architecture(all, r); }, sampling,
                constraint}
    {
    }
    std::vector<torch_sdk::Path> operator()() { return paths(rng, steps); }

    Wide space;
    Region all{space.decisions()};
    Network super = space.network(all);
    PathSampler paths;
    Rng rng{3};
    testing::Steps steps;
};

}  // namespace

TEST_CASE("fair steps train each option of every decision once", "[paths]")
{
    Drawn drawn({.rule = "fair"});
    std::set<std::vector<std::size_t>> seen;
    for (int step = 0; step < 20; ++step) {
        const auto paths = drawn();
        REQUIRE(paths.size() == 3);
        std::multiset<std::size_t> first, second, third;
        for (const torch_sdk::Path& path : paths) {
            CHECK_FALSE(path.from_first.has_value());
            const std::vector<std::size_t> options = taken(path);
            first.insert(options[0]), second.insert(options[1]), third.insert(options[2]);
            seen.insert(options);
        }
        CHECK(first == std::multiset<std::size_t>{0, 1, 2});
        CHECK(second.count(0) == 3);
        CHECK((third.count(0) == 1 || third.count(0) == 2));  // as evenly as three paths allow
    }
    CHECK(seen.size() == 6);
}

TEST_CASE("sandwich steps train the largest, the smallest and random ones that learn from the largest", "[paths]")
{
    Drawn drawn({.rule = "sandwich", .random_paths = 3, .distillation = {.share = 0.5, .temperature = 2}});
    std::set<std::vector<std::size_t>> between;
    for (int step = 0; step < 30; ++step) {
        const auto paths = drawn();
        REQUIRE(paths.size() == 5);
        CHECK(taken(paths[0]) == std::vector<std::size_t>{2, 0, 1});
        CHECK(taken(paths[1]) == std::vector<std::size_t>{0, 0, 0});
        CHECK_FALSE(paths[0].from_first.has_value());
        for (std::size_t i = 1; i < paths.size(); ++i) {
            REQUIRE(paths[i].from_first.has_value());
            CHECK(paths[i].from_first->share == 0.5);
            CHECK(paths[i].from_first->temperature == 2);
            between.insert(taken(paths[i]));
        }
    }
    CHECK(between.size() == 6);
}

TEST_CASE("the strategy's own paths are trained, unless uniform ones are wanted", "[paths]")
{
    const Sampler stubborn = [](Rng&) { return Architecture{{1, 0, 1}}; };
    Drawn own({}, nullptr, stubborn), uniform({.rule = "uniform"}, nullptr, stubborn);
    std::map<std::vector<std::size_t>, int> seen;
    for (int step = 0; step < 600; ++step) {
        CHECK(taken(own().at(0)) == std::vector<std::size_t>{1, 0, 1});
        const auto paths = uniform();
        REQUIRE(paths.size() == 1);
        ++seen[taken(paths[0])];
    }
    REQUIRE(seen.size() == 6);
    for (const auto& [options, times] : seen)
        CHECK(times == Approx(100).margin(40));
}

TEST_CASE("paths are kept within the bounds of a cost, in each part of its range alike", "[paths]")
{
    const Wide space;
    Setup setup;
    setup.space = &space;
    setup.make_component = [](Kind, const Config& config, const Setup&) -> std::unique_ptr<Component> {
        return std::make_unique<Macs>(config.find("learns") != nullptr);
    };
    PathConstraint::Options options{.cost = Use<CostModel>("{use: macs}"), .range = {13, 29}, .bins = 2};
    const PathConstraint constraint(options, setup);
    Drawn drawn({}, &constraint);
    std::map<double, int> seen;
    for (int step = 0; step < 400; ++step)
        ++seen[macs(drawn().at(0).network)];
    // (1 + first) * 4 + 4 + (1 + third) * 4: 12, 16, 16, 20, 20, 24
    REQUIRE(seen.size() == 3);                  // never 12
    CHECK(seen[24] == Approx(200).margin(50));  // alone in the upper half
    CHECK(seen[16] == Approx(100).margin(40));

    options.range = {1000, 2000};
    options.tries = 5;
    const PathConstraint impossible(options, setup);
    CHECK(Drawn({}, &impossible)().size() == 1);  // whatever came last

    options.range = {3, 2};
    CHECK_THROWS_WITH(PathConstraint(options, setup), ContainsSubstring("least and the most"));
    options.cost = Use<CostModel>("{use: macs, learns: true}");
    CHECK_THROWS_WITH(PathConstraint(options, setup), ContainsSubstring("learns or measures"));
}

TEST_CASE("the largest and the smallest of shipped spaces are found", "[paths]")
{
    const nas_bench_201::NasBench201 cells({}, {});
    const Region all(cells.decisions());
    const Extremes of_cells = extremes(cells.network(all), all);
    CHECK(of_cells.largest == Architecture{{3, 3, 3, 3, 3, 3}});
    const once_for_all::MobileNetV3 mobile({.width = 1.0, .resolution = 32, .classes = 10}, {});
    const Region whole(mobile.decisions());
    const Extremes found = extremes(mobile.network(whole), whole);
    for (std::size_t d = 0; d < whole.decisions(); ++d) {
        INFO(mobile.decisions()[d].name);
        CHECK(found.largest.choices[d] == 2);
        if (mobile.active(found.smallest)[d])
            CHECK(found.smallest.choices[d] == 0);
    }
}
