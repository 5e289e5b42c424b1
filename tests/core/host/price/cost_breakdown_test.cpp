// SPDX-License-Identifier: Apache-2.0
#include "host/price/cost_breakdown.hpp"

#include "espalier/counts.hpp"
#include "espalier/error.hpp"
#include "espalier/marks.hpp"

#include "../search/search_bench.hpp"
#include "catch.hpp"

using namespace espalier;
using namespace espalier::test;
using host::CostBreakdown;

namespace {

/// Two blocks of as many convolutions as the first two digits say.
class Towers final : public ToySpace {
public:
    Towers() : ToySpace(digit_decisions(2)) {}
    Network network(const Region& region) const override
    {
        Network n;
        std::size_t x = n.add(Op::input, {}, {{"shape", {4, 8, 8}}});
        x = n.add(Op::relu, {x});
        mark(n, Mark::block, x);
        for (std::size_t d = 0; d < 2; ++d) {
            for (std::size_t i = 0; i < region.options(d)[0]; ++i)
                x = n.add(Op::conv, {x}, {{"out", {4}}}, fmt::format("{}.{}", d, i));
            mark(n, Mark::block, x);
        }
        return n;
    }
};

class SumOfLayers final : public LayerCosts {
public:
    explicit SumOfLayers(std::string weights = "") : weights_{std::move(weights)} {}
    LayerCost operator()(const Layer&, double, double) const override { return {}; }
    std::string weighted_by() const override { return weights_; }

private:
    std::string weights_;
};

class LayeredCost final : public CostModel {
public:
    std::vector<std::string> metrics() const override { return {"macs", "utilisation"}; }
    std::vector<Evaluation> evaluate(std::span<const Candidate> batch, Context&) override
    {
        std::vector<Evaluation> all;
        for (const Candidate& c : batch) {
            ++calls;
            all.push_back({c.architecture(), {{"macs", macs(c.network())}, {"utilisation", 0.5}}, Status::ok, ""});
        }
        return all;
    }
    const LayerCosts* layers(std::string_view metric) const override
    {
        return metric == "macs" ? &sum_ : metric == "utilisation" ? &mean_ : nullptr;
    }
    int calls = 0;

private:
    SumOfLayers sum_, mean_{"macs"};
};

struct Towered : Bench {
    Towered() : Bench([](Search&) {}, 2)
    {
        parts.space.component = std::make_unique<Towers>();
        auto made = std::make_unique<LayeredCost>();
        layered = made.get();
        parts.costs.push_back({std::move(made), "cost 0", "layered", "layered"});
    }
    CostBreakdown of(std::vector<std::uint16_t> choices)
    {
        const std::vector<Architecture> one{digits(std::move(choices))};
        return host::cost_breakdowns(experiment, parts, one, host::block_parts, told, stop).at(0);
    }
    LayeredCost* layered;
};

constexpr double kConv = 4 * 4 * 64;

/// A constant for each network that computes anything in blocks of one convolution; others as the layers say.
Evaluation overhead(const Candidate& c, Context&)
{
    return scored(c, "latency_ms", 1 + 1e-3 * macs(c.network()));
}

}  // namespace

TEST_CASE("a sum over layers has equal sum and total", "[price]")
{
    Towered bench;
    const CostBreakdown found = bench.of({1, 3});
    CHECK(found.architecture == "1,3");
    std::vector<std::string> names;
    for (const host::NetworkPart& part : found.parts)
        names.push_back(part.name);
    CHECK(names == std::vector<std::string>{"stem", "block 1", "block 2", "head"});
    CHECK(found.network.size() == 6);
    REQUIRE(found.metrics.size() == 2);
    CHECK(found.metrics[0].parts == std::vector<double>{0, kConv, 3 * kConv, 0});
    CHECK(found.metrics[0].sum == 4 * kConv);
    CHECK(found.metrics[0].total == 4 * kConv);
    REQUIRE(found.metrics[0].compared);
    CHECK(found.shares[*found.metrics[0].compared] == std::vector<double>{0, 0.25, 0.75, 0});
    CHECK_FALSE(found.metrics[1].compared);
    CHECK(std::isnan(found.metrics[1].sum));
    CHECK(found.disagreement.empty());
    CHECK_FALSE(found.most);
    CHECK_FALSE(found.failed);
    CHECK(bench.layered->calls == 4);  // the whole, the stem and two blocks
}

TEST_CASE("the part is marked whose shares under the models differ most", "[price]")
{
    Towered bench;
    bench.cost("latency_ms", overhead);
    const CostBreakdown found = bench.of({1, 3});
    REQUIRE(found.metrics.size() == 3);
    const double latency = 3 + 4e-3 * kConv;  // the head computes nothing and is not priced
    CHECK(found.metrics[2].sum == Approx(latency));
    CHECK(found.metrics[2].total == Approx(1 + 4e-3 * kConv));
    REQUIRE(found.shares.size() == 2);
    CHECK(found.shares[1][0] == Approx(1 / latency));
    REQUIRE(found.disagreement.size() == 4);
    CHECK(found.disagreement[2] == Approx(0.75 - (1 + 3e-3 * kConv) / latency));
    CHECK(found.most == 2U);  // the constant weighs least there

    const report::Table table = host::breakdown_table(std::vector{found});
    CHECK(table.columns == std::vector<std::string>{"part", "macs", "macs_share_pct", "utilisation", "latency_ms",
                                                    "latency_ms_share_pct", "disagreement_pct", "mark"});
    REQUIRE(table.rows.size() == 5);  // the head has none
    CHECK(table.rows[2][0] == report::Cell{std::string("block 2")});
    CHECK(table.rows[2][2] == report::Cell{75.0});
    CHECK(table.rows[2].back() == report::Cell{std::string("most")});
    CHECK(table.rows[1].back() == report::Cell{std::string()});
    CHECK(table.rows[3][0] == report::Cell{std::string("sum")});
    CHECK(table.rows[3][3] == report::Cell{});
    CHECK(table.rows[4][0] == report::Cell{std::string("total")});
    CHECK(table.rows[4][1] == report::Cell{4 * kConv});

    const report::Table two = host::breakdown_table(std::vector{found, bench.of({2, 2})});
    CHECK(two.columns.front() == "architecture");
    CHECK(two.rows.back().front() == report::Cell{std::string("2,2")});
}

TEST_CASE("a peak is no sum, so that nothing is compared with it", "[price]")
{
    Towered bench;
    bench.cost("memory_bytes",
               [](const Candidate& c, Context&) { return scored(c, "memory_bytes", c.space() != nullptr ? 100 : 40); });
    const CostBreakdown found = bench.of({1, 3});
    CHECK(std::isnan(found.metrics[2].sum));  // although 3 times 40 is not far from 100
    CHECK_FALSE(found.metrics[2].compared);
    CHECK(found.shares.size() == 1);
}

TEST_CASE("a model that cannot price parts has totals only", "[price]")
{
    Towered bench;
    bench.cost("table_ms", [](const Candidate& c, Context&) {
        return c.space() != nullptr ? scored(c, "table_ms", 7) : failed({}, "no row for an operator");
    });
    const CostBreakdown found = bench.of({1, 3});
    CHECK(found.metrics[2].total == 7);
    CHECK(found.metrics[2].parts.empty());
    CHECK_FALSE(found.failed);
    REQUIRE(found.notes.size() == 1);
    CHECK(found.notes[0] == "cost 1 '' prices no parts, totals only: stem: no row for an operator");

    bench.cost("broken_ms", [](const Candidate&, Context&) { return failed({}, "no such device"); });
    const CostBreakdown broken = bench.of({1, 3});
    CHECK(broken.failed);
    CHECK_FALSE(broken.metrics[3].total);
    REQUIRE(broken.notes.size() == 2);
    CHECK(broken.notes[1] == "cost 2 '': no such device");
}

TEST_CASE("an architecture without a network has totals only", "[price]")
{
    class Bare final : public ToySpace {
    public:
        Bare() : ToySpace(digit_decisions(2)) {}
        Network network(const Region&) const override { throw Error("these have no networks"); }
    };
    Bench bench([](Search&) {}, 2);
    bench.parts.space.component = std::make_unique<Bare>();
    bench.cost("table_ms", [](const Candidate& c, Context&) { return scored(c, "table_ms", 7); });
    const std::vector<Architecture> one{digits({1, 2})};
    const CostBreakdown found =
        host::cost_breakdowns(bench.experiment, bench.parts, one, host::block_parts, bench.told, bench.stop).at(0);
    CHECK(found.metrics[0].total == 7);
    CHECK(found.notes == std::vector<std::string>{"totals only: these have no networks"});
    CHECK(host::breakdown_table(std::vector{found}).rows.size() == 1);
}
