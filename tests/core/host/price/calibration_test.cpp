// SPDX-License-Identifier: Apache-2.0
#include "host/price/calibration.hpp"

#include <fmt/format.h>

#include "espalier/counts.hpp"
#include "espalier/error.hpp"
#include "espalier/layer_groups.hpp"

#include "catch.hpp"
#include "host/price/price_journal.hpp"
#include "toys/temporary_folder.hpp"
#include "toys/toy_space.hpp"

using namespace espalier;
using namespace espalier::host;

namespace {

/// Three convolutions, each with the width and one more of the blocks that its two digits say.
class Widths final : public ToySpace {
public:
    Widths() : ToySpace(digit_decisions(4, 5)) {}
    Network network(const Region& region) const override
    {
        Network n;
        std::size_t x = n.add(Op::input, {}, {{"shape", {4, 8, 8}}});
        for (std::size_t d = 0; d < 4; ++d) {
            const double width = 4 + region.options(d)[0];
            x = n.add(Op::conv, {x}, {{"out", {width}}, {"kernel", {3}}}, fmt::format("{}", d));
            if (region.options(d)[0] > 2)
                x = n.add(Op::conv, {x}, {{"out", {width}}}, fmt::format("{} more", d));
            x = n.add(Op::relu, {x});
        }
        return n;
    }
};

double group_cost(const Network& group)
{
    return 0.1 + 1e-4 * macs(group);
}

/// A learner that answers with the mean of what it is told.
std::vector<double> the_mean(const PriceLesson& learnt)
{
    double sum = 0;
    for (const auto& [text, price] : learnt.fit)
        sum += price;
    return std::vector<double>(learnt.judge.size(), sum / static_cast<double>(learnt.fit.size()));
}

/// @param price of a network that costs `sum` by its `groups`.
Calibration calibrated(const CalibrationPlan& plan, const std::function<double(double, std::size_t)>& price)
{
    const Widths space;
    Priced priced;
    for (const auto& [key, network] : plan.groups)
        priced.groups.emplace(key, group_cost(network));
    for (const Architecture& architecture : plan.networks) {
        double sum = 0;
        const std::vector<LayerGroup> groups = layer_groups(space.network(Region(architecture)));
        for (const LayerGroup& group : groups)
            sum += priced.groups.at(group.key);
        priced.networks.emplace(space.text(architecture), price(sum, groups.size()));
    }
    return calibrate(space, plan, priced, "latency_ms", "table.csv", "networks.csv", the_mean);
}

}  // namespace

TEST_CASE("a plan has every group of layers of a space and different networks", "[calibration]")
{
    const Widths space;
    const CalibrationPlan plan = plan_calibration(space, 60, 1);
    CHECK(plan.networks.size() == 60);
    // five widths in and out, and the second convolutions of widths 7 and 8
    CHECK(plan.groups.size() == 25 + 2);
    for (const auto& [key, network] : plan.groups) {
        REQUIRE(network.size() > 1);
        CHECK(layer_groups(network).at(0).key == key);
    }
    CHECK(plan_calibration(space, 60, 1).networks == plan.networks);
    CHECK(plan_calibration(space, 60, 2).networks != plan.networks);
}

TEST_CASE("an additive device is told by the table", "[calibration]")
{
    const Calibration found =
        calibrated(plan_calibration(Widths(), 60, 1), [](double sum, std::size_t) { return sum; });
    REQUIRE(found.models.size() == 4);
    CHECK(found.fitted == 30);
    CHECK(found.judged == 30);
    CHECK(found.models[0].median_error_pct < 1e-9);
    CHECK(found.models[0].spearman == Approx(1));
    CHECK(found.recommended == 0);
    CHECK(found.models[0].yaml == "{use: layer_table, file: table.csv, column: latency_ms, as: latency_ms}");
    CHECK(found.notes.empty());
}

TEST_CASE("overlap and a constant are corrected", "[calibration]")
{
    const Calibration found = calibrated(plan_calibration(Widths(), 60, 1), [](double sum, std::size_t groups) {
        return 0.7 * sum + 0.05 * static_cast<double>(groups) + 2;
    });
    CHECK(found.recommended == 1);
    CHECK(found.models[0].median_error_pct > 5);
    CHECK(found.models[1].median_error_pct < 1e-3);
    CHECK(found.models[1].yaml ==
          "{use: layer_table, file: table.csv, column: latency_ms, as: latency_ms, scale: 0.7, "
          "per_group: 0.05, constant: 2}");
}

TEST_CASE("what learns is told half of the networks and judged by the others", "[calibration]")
{
    const Widths space;
    const CalibrationPlan plan = plan_calibration(space, 60, 1);
    Priced priced;
    const auto price = [](const Architecture& a) { return 1.0 + a.choices[0] + 2.0 * a.choices[3]; };
    for (const Architecture& a : plan.networks)
        priced.networks.emplace(space.text(a), price(a));
    const PriceLearner knowing = [&](const PriceLesson& learnt) {
        CHECK(learnt.fit.size() == 30);
        std::vector<double> predicted;
        for (const Architecture& a : learnt.judge) {
            CHECK(!learnt.fit.contains(space.text(a)));
            predicted.push_back(learnt.options.empty() ? price(a) : 0.0);
        }
        return predicted;
    };
    const Calibration found = calibrate(space, plan, priced, "latency_ms", "t", "n", knowing);
    REQUIRE(found.models.size() == 2);
    CHECK(found.models[0].median_error_pct == 100);
    CHECK(found.recommended == 1);
    CHECK(found.models[1].median_error_pct == 0);
    CHECK(found.models[1].yaml == "{use: predicted, file: n, column: latency_ms, as: latency_ms, samples: 60}");
    REQUIRE(found.notes.size() == 1);
    CHECK(
        calibrate(space, plan, priced, "latency_ms", "t", "n", the_mean).notes.back() ==
        "'predicted, ridge' orders these networks badly: a search that follows it may be misled; measure more, or on a "
        "quieter device");
    CHECK_THAT(found.notes[0], ContainsSubstring("the table is not whole: 27 groups of layers have no price"));

    priced.networks.begin()->second = 0;
    CHECK_THAT(calibrate(space, plan, priced, "latency_ms", "t", "n", the_mean).notes.at(0),
               ContainsSubstring("1 networks whose latency_ms is not above 0"));
    CHECK_THROWS_WITH(calibrate(space, plan, {}, "latency_ms", "t", "n", the_mean),
                      ContainsSubstring("0 networks have a latency_ms above 0, and 20 are needed"));
    const PriceLearner unable = [](const PriceLesson&) -> std::vector<double> { throw Error("not here"); };
    CHECK_THROWS_WITH(
        calibrate(space, plan, priced, "latency_ms", "t", "n", unable),
        ContainsSubstring("no cost model could be judged") && ContainsSubstring("'predicted' is left out: not here"));
}

TEST_CASE("prices are kept one by one, but for a line that was cut", "[calibration]")
{
    const TemporaryFolder folder;
    const std::filesystem::path file = folder / "prices";
    {
        PriceJournal journal(file, "space by model");
        CHECK(!journal.find("group", "a b"));
        journal.add("group", "a b", 0.1);
        journal.add("network", "x\ny", 3);
    }
    std::ofstream(file, std::ios::app) << "4 network z";
    {
        PriceJournal journal(file, "space by model");
        CHECK(journal.find("group", "a b") == 0.1);
        CHECK(journal.find("network", "x\ny") == 3);
        CHECK(!journal.find("network", "z"));
        CHECK(journal.all("group") == std::map<std::string, double>{{"a b", 0.1}});
        journal.add("network", "z", 5);
    }
    CHECK(PriceJournal(file, "space by model").find("network", "z") == 5);
    CHECK_THROWS_WITH(PriceJournal(file, "space by another"), ContainsSubstring("is of another calibration"));
    std::ofstream(file, std::ios::app) << "much network w\n";
    CHECK_THROWS_WITH(PriceJournal(file, "space by model"), ContainsSubstring("prices:5: is no price"));
}
