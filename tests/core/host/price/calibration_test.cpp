// SPDX-License-Identifier: Apache-2.0
#include "host/price/calibration.hpp"

#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "espalier/counts.hpp"
#include "espalier/error.hpp"
#include "espalier/layer_groups.hpp"
#include "espalier/rng.hpp"

#include "catch.hpp"
#include "host/price/median.hpp"
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

SteadyPrice once(double price)
{
    return {.value = price, .halves = {std::nan(""), std::nan("")}};
}

double price_of(const Architecture& a)
{
    return 1.0 + a.choices[0] + 2.0 * a.choices[3];
}

/// Prices of the plan's networks, and none of groups of layers.
Priced networks_only(const SearchSpace& space, const CalibrationPlan& plan)
{
    Priced priced;
    for (const Architecture& a : plan.networks)
        priced.networks.emplace(space.text(a), once(price_of(a)));
    return priced;
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
        priced.groups.emplace(key, once(group_cost(network)));
    for (const Architecture& architecture : plan.networks) {
        double sum = 0;
        const std::vector<LayerGroup> groups = layer_groups(space.network(Region(architecture)));
        for (const LayerGroup& group : groups)
            sum += priced.groups.at(group.key).value;
        priced.networks.emplace(space.text(architecture), once(price(sum, groups.size())));
    }
    return calibrate(space, plan, priced, "latency_ms", the_mean);
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
    CHECK(to_yaml(found.models[0], "d") == "{use: layer_table, file: d/table.csv, column: latency_ms, as: latency_ms}");
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
    CHECK(to_yaml(found.models[1], "") ==
          "{use: layer_table, file: table.csv, column: latency_ms, as: latency_ms, scale: 0.7, "
          "per_group: 0.05, constant: 2}");
}

TEST_CASE("what is far off for some networks is not recommended, however small its median error", "[calibration]")
{
    const Widths space;
    const CalibrationPlan plan = plan_calibration(space, 60, 1);
    const Priced priced = networks_only(space, plan);
    const Calibration found = calibrate(space, plan, priced, "latency_ms", [&](const PriceLesson& learnt) {
        std::vector<double> predicted;
        for (const Architecture& a : learnt.judge)
            predicted.push_back(price_of(a) * (learnt.name == "predicted" ? 1.01 : predicted.size() % 4 == 0 ? 2 : 1));
        return predicted;
    });
    REQUIRE(found.models.size() == 2);
    CHECK(found.models[0].median_error_pct == 0);
    CHECK(found.models[1].median_error_pct == Approx(1));
    CHECK(found.recommended == 1);
}

TEST_CASE("what learns is told half of the networks and judged by the others", "[calibration]")
{
    const Widths space;
    const CalibrationPlan plan = plan_calibration(space, 60, 1);
    Priced priced = networks_only(space, plan);
    const PriceLearner knowing = [&](const PriceLesson& learnt) {
        CHECK(learnt.fit.size() == 30);
        std::vector<double> predicted;
        for (const Architecture& a : learnt.judge) {
            CHECK(!learnt.fit.contains(space.text(a)));
            predicted.push_back(learnt.name == "predicted" ? price_of(a) : 0.0);
        }
        return predicted;
    };
    const Calibration found = calibrate(space, plan, priced, "latency_ms", knowing);
    REQUIRE(found.models.size() == 2);
    CHECK(found.models[0].median_error_pct == 100);
    CHECK(found.recommended == 1);
    CHECK(found.models[1].median_error_pct == 0);
    CHECK(to_yaml(found.models[1], "") ==
          "{use: predicted, file: networks.csv, column: latency_ms, as: latency_ms, samples: 60}");
    REQUIRE(found.notes.size() == 1);
    CHECK(
        calibrate(space, plan, priced, "latency_ms", the_mean).notes.back() ==
        "'predicted, ridge' orders these networks badly: a search that follows it may be misled; measure more, or on a "
        "quieter device");
    CHECK_THAT(found.notes[0], ContainsSubstring("the table is not whole: 27 groups of layers have no price"));

    priced.networks.begin()->second = once(0);
    CHECK_THAT(calibrate(space, plan, priced, "latency_ms", the_mean).notes.at(0),
               ContainsSubstring("of 1 network latency_ms is not above 0"));
    CHECK_THROWS_WITH(calibrate(space, plan, {}, "latency_ms", the_mean),
                      ContainsSubstring("0 networks have a latency_ms above 0, and 20 are needed"));
    const PriceLearner unable = [](const PriceLesson&) -> std::vector<double> { throw Error("not here"); };
    CHECK_THROWS_WITH(
        calibrate(space, plan, priced, "latency_ms", unable),
        ContainsSubstring("no cost model could be judged") && ContainsSubstring("'predicted' is left out: not here"));
}

TEST_CASE("how well a device repeats itself bounds what a model can show", "[calibration]")
{
    const Widths space;
    const CalibrationPlan plan = plan_calibration(space, 60, 1);
    Priced priced;
    Rng rng(1);
    for (const Architecture& a : plan.networks) {
        const double truth = 10 + a.choices[0] + a.choices[1] + a.choices[2] + a.choices[3];
        const double errors[2] = {rng.normal(), rng.normal()};
        priced.networks.emplace(space.text(a), SteadyPrice{.value = truth + (errors[0] + errors[1]) / 2,
                                                           .halves = {truth + errors[0], truth + errors[1]}});
    }
    const PriceLearner knowing = [](const PriceLesson& lesson) {
        std::vector<double> truths;
        for (const Architecture& a : lesson.judge)
            truths.push_back(10 + a.choices[0] + a.choices[1] + a.choices[2] + a.choices[3]);
        return truths;
    };
    const Calibration found = calibrate(space, plan, priced, "latency_ms", knowing);
    REQUIRE(found.repeatability);
    CHECK(found.repeatability->spearman < 0.95);
    CHECK(found.models[0].spearman == Approx(found.repeatability->best_spearman).margin(0.04));
    CHECK(found.repeatability->median_difference_pct == Approx(100 * std::sqrt(2) * 0.6745 / 18).epsilon(0.3));
    CHECK(found.models[0].p90_error_pct > found.models[0].median_error_pct);
    priced.networks.begin()->second.halves[0] = std::nan("");  // one of them was priced once
    priced.networks.rbegin()->second.halves[0] = std::nan("");
    for (auto& [text, price] : priced.networks)
        price.halves[0] = std::nan("");
    CHECK(!calibrate(space, plan, priced, "latency_ms", knowing).repeatability);
}

TEST_CASE("how far two calibrations are apart is told without the factor between them", "[calibration]")
{
    const std::vector<double> first{1, 2, 3, 4, 5};
    const PriceAgreement same = agreement(first, {1.2, 2.4, 3.6, 4.8, 6});
    CHECK(same.factor == Approx(1.2));
    CHECK(same.p90_difference_pct == Approx(0).margin(1e-9));
    CHECK(same.spearman == Approx(1));
    const PriceAgreement other = agreement(first, {1, 2, 3, 4.4, 10});
    CHECK(other.factor == Approx(1));
    CHECK(other.median_difference_pct == Approx(0).margin(1e-9));
    CHECK(other.p90_difference_pct == Approx(100));
}

TEST_CASE("what moves a device is taken out of prices that were asked for in rounds", "[calibration]")
{
    constexpr int kThings = 40, kRounds = 5;
    const auto price = [](int thing) { return 10.0 + thing; };
    Rng rng(1);
    std::vector<int> order(kThings);
    std::iota(order.begin(), order.end(), 0);
    std::vector<PriceAnswer> answers;
    for (int round = 0; round < kRounds; ++round) {
        shuffle(order, rng);
        for (const int thing : order) {
            const double along = static_cast<double>(answers.size()) / (kThings * kRounds);
            const double slower = 1 + 0.5 * std::sin(6 * along) * std::sin(6 * along);
            const double outlier = rng.uniform() < 0.05 ? 1.8 : 1;
            answers.push_back(
                {.what = "network", .key = fmt::format("n{}", thing), .price = price(thing) * slower * outlier});
        }
    }
    const Steadied found = steadied(answers);
    REQUIRE(found.prices.size() == kThings);
    const double level = found.prices.at("n0").value / price(0);
    double worst = 0, worst_of_medians = 0;
    for (int thing = 0; thing < kThings; ++thing) {
        const SteadyPrice& told = found.prices.at(fmt::format("n{}", thing));
        worst = std::max(worst, std::abs(told.value / price(thing) / level - 1));
        std::vector<double> raw;
        for (const PriceAnswer& answer : answers)
            if (answer.key == fmt::format("n{}", thing))
                raw.push_back(answer.price);
        worst_of_medians = std::max(worst_of_medians, std::abs(median(raw) / price(thing) / level - 1));
    }
    CHECK(worst < 0.03);
    CHECK(worst_of_medians > 0.1);
    CHECK(found.moved_pct == Approx(50).margin(8));
}

TEST_CASE("answers that came once are prices", "[calibration]")
{
    const Steadied found = steadied(std::vector<PriceAnswer>{
        {.what = "network", .key = "a", .price = 3, .deviation = 0.5}, {.what = "network", .key = "b", .price = 0}});
    CHECK(found.prices.at("a").value == 3);
    CHECK(found.prices.at("a").deviation == 0.5);
    CHECK(std::isnan(found.prices.at("a").halves[0]));
    CHECK(found.prices.at("b").value == 0);
    CHECK(std::isnan(found.prices.at("b").deviation));
    CHECK(found.moved_pct == 0);
}

TEST_CASE("answers are kept one by one, but for a line that was cut", "[calibration]")
{
    const TemporaryFolder folder;
    const std::filesystem::path file = folder / "prices";
    {
        PriceJournal journal(file, "space by model");
        CHECK(journal.count("group", "a b") == 0);
        journal.add({.what = "group", .key = "a b", .price = 0.1, .seconds = 2});
        journal.add({.what = "group", .key = "a b", .price = 0.2, .deviation = 0.01, .seconds = 3, .unsettled = true});
        journal.note("load\n", 0.5);
        journal.note("load\n", 1.5);
    }
    std::ofstream(file, std::ios::app) << "network 4 NaN 1 0 z";
    {
        PriceJournal journal(file, "space by model");
        REQUIRE(journal.answers().size() == 2);
        CHECK(journal.count("group", "a b") == 2);
        CHECK(journal.count("network", "z") == 0);
        CHECK(journal.answers()[0].price == 0.1);
        CHECK(std::isnan(journal.answers()[0].deviation));
        CHECK(!journal.answers()[0].unsettled);
        CHECK(journal.answers()[1].deviation == 0.01);
        CHECK(journal.answers()[1].unsettled);
        CHECK(journal.seconds() == Approx(5));
        CHECK(journal.notes() == std::map<std::string, double>{{"load\\n", 1.5}});
        journal.add({.what = "network", .key = "z", .price = 5});
    }
    CHECK(PriceJournal(file, "space by model").answers().back().price == 5);
    CHECK_THROWS_WITH(PriceJournal(file, "space by another"), ContainsSubstring("is of another calibration"));
    const std::size_t lines = PriceJournal(file, "space by model").answers().size() + 4;
    for (const char* const damaged : {"network much NaN 1 0 w", "network 1 NaN 1 0", "network NaN NaN 1 0 w"}) {
        const TemporaryFolder other;
        std::filesystem::copy(file, other / "prices");
        std::ofstream(other / "prices", std::ios::app) << damaged << "\n";
        CHECK_THROWS_WITH(PriceJournal(other / "prices", "space by model"),
                          ContainsSubstring(fmt::format("prices:{}: is no price", lines)));
    }
}
