// SPDX-License-Identifier: Apache-2.0
// Every strategy of every plug-in of this build, told of architectures that numbers are infinite or no numbers.
#include <algorithm>
#include <cmath>
#include <limits>

#include "espalier/moo/hypervolume.hpp"
#include "espalier/sdk/memory_search.hpp"

#include "catch.hpp"
#include "host/plugins/plugin_host.hpp"
#include "search_bench.hpp"

using namespace espalier;
using namespace espalier::test;
using conformance::MemoryProblem;
using conformance::MemorySearch;

namespace {

constexpr std::size_t kBudget = 200, kDecisions = 6;

enum class Followed { reward, objective, objectives };

double sum(const Architecture& a)
{
    double total = 0;
    for (std::size_t i = 0; i < a.choices.size(); ++i)
        total += a.choices[i] * (1 + static_cast<double>(i % 3));
    return total;
}

/// For a quarter of all: infinite, minus infinite, no number.
double odd(const Architecture& canonical, double value)
{
    const std::uint64_t hash = stable_hash(to_string(canonical));
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    const double kinds[] = {kInfinity, -kInfinity, std::numeric_limits<double>::quiet_NaN()};
    return hash % 4 == 0 ? kinds[hash / 4 % 3] : value;
}

double size(const Architecture& a)
{
    double total = 1;
    for (const std::uint16_t digit : a.choices)
        total += std::sqrt(digit);
    return total;
}

/// The plug-ins of this build.
struct Plugins {
    std::vector<std::filesystem::path> folders{std::filesystem::path(ESPALIER_BINARY_DIR) / "lib/espalier/plugins"};
    host::Catalog catalog{folders};
    host::PluginHost host{catalog};

    /// Small enough for the budget.
    std::unique_ptr<Strategy> make(const ComponentInfo& info, Setup setup)
    {
        std::string yaml = "{use: " + info.name;
        for (const auto& [option, value] : {std::pair{"population", "20"},
                                            {"sample", "5"},
                                            {"inner_evaluations", "1000"},
                                            {"samples", "20"},
                                            {"split", "3"}})
            if (std::ranges::find(info.options, option, &Option::name) != info.options.end())
                yaml += std::string(", ") + option + ": " + value;
        setup.make_component = host.setup().make_component;
        return host.make<Strategy>(parse_config(yaml + "}"), setup);
    }
};

std::vector<Objective> objectives_of(Followed followed)
{
    if (followed == Followed::objectives)
        return {{"score", true, false}, {"size", false, false}};
    return {{"score", true, false}};
}

/// Descends a loss, and evaluates nothing.
bool evaluates(const ComponentInfo& info)
{
    return info.name != "gradient" && info.name != "qos_nas" && info.name != "u_boost";
}

/// One ends with the front of its predictions, one with all of a part of the space.
bool spends_all(const ComponentInfo& info)
{
    return info.name != "one_shot_predictor" && info.name != "hurricane";
}

/// What was found among what is finite: the largest score, or the hypervolume.
double worth(const std::vector<Evaluation>& all, Followed followed)
{
    moo::Points points(2);
    double best = -1;
    for (const Evaluation& e : all) {
        if (!e.ok() || !std::isfinite(e.metrics.at("score")))
            continue;
        best = std::max(best, e.metrics.at("score"));
        points.append(std::vector{-e.metrics.at("score"), e.metrics.at("size")});
    }
    return followed == Followed::objectives ? moo::hypervolume(points, std::vector{0., 20.}) : best;
}

std::vector<Evaluation> run_of(Plugins& plugins, const ComponentInfo& info, Followed followed, bool poisoned)
{
    const TemporaryFolder folder;
    Bench bench([](Search&) {}, kDecisions);
    const auto score_and_size = [&](const Candidate& c, Context&) {
        const Architecture a = c.canonical();
        return Evaluation{
            c.architecture(), {{"score", poisoned ? odd(a, sum(a)) : sum(a)}, {"size", size(a)}}, Status::ok, ""};
    };
    bench.evaluator(score_and_size).others = {"size"};
    bench.experiment.budget.evaluations = kBudget;
    bench.experiment.objectives = objectives_of(followed);
    if (followed == Followed::reward) {
        bench.parts.reward = {std::make_unique<TestReward>(), "reward", "", ""};
        bench.experiment.objectives.clear();
    }
    Setup setup;
    setup.space = bench.parts.space.component.get();
    setup.reward = bench.parts.reward.component.get();
    setup.objectives = bench.experiment.objectives;
    bench.parts.strategy = {plugins.make(info, setup), info.name, "", ""};
    const host::RunOutcome outcome = bench.run(folder / "run");
    CHECK(outcome.sentence == "");
    CHECK(outcome.state == host::RunState::finished);
    std::vector<Evaluation> all;
    std::size_t spent = 0;
    for (const host::StoredEvaluation& row : rows(folder / "run")) {
        all.push_back(row.evaluation);
        spent += row.spent ? 1 : 0;
    }
    CHECK(spent <= kBudget);
    if (spends_all(info))
        CHECK(spent == kBudget);
    else
        CHECK(spent > 20);
    return all;
}

bool may_follow(Plugins& plugins, const ComponentInfo& info, Followed followed)
{
    const Digits space(kDecisions);
    const TestReward reward;
    Setup setup;
    setup.space = &space;
    if (followed == Followed::reward)
        setup.reward = &reward;
    else
        setup.objectives = objectives_of(followed);
    try {
        plugins.make(info, setup);
        return true;
    } catch (const ConfigError&) {
        return false;
    }
}

}  // namespace

TEST_CASE("no strategy is poisoned by what is infinite or no number", "[every]")
{
    Plugins plugins;
    int strategies = 0, followed_well = 0;
    for (const host::CatalogComponent& component : plugins.catalog.components()) {
        const ComponentInfo& info = component.info;
        if (info.kind != Kind::strategy || !evaluates(info))
            continue;
        bool any = false;
        for (const Followed followed : {Followed::reward, Followed::objective, Followed::objectives}) {
            if (!may_follow(plugins, info, followed))
                continue;
            any = true;
            INFO(info.name << " follows " << static_cast<int>(followed));
            const ComponentInfo& random = plugins.catalog.find(Kind::strategy, "random")->info;
            const double drawn = worth(run_of(plugins, random, followed, true), followed);
            const double clean = worth(run_of(plugins, info, followed, false), followed);
            const double found = worth(run_of(plugins, info, followed, true), followed);
            const bool follows = spends_all(info) && clean > 1.02 * drawn;
            followed_well += follows ? 1 : 0;
            if (follows)
                CHECK(found >= drawn);

            // the same without a host, which lets no NaN through
            const Digits space(kDecisions);
            const TestReward reward;
            MemoryProblem problem;
            problem.space = &space;
            problem.budget = kBudget;
            problem.objectives = followed == Followed::reward ? std::vector<Objective>{} : objectives_of(followed);
            problem.evaluate = [](const Architecture& a) {
                return Evaluation{a, {{"score", odd(a, sum(a))}, {"size", size(a)}}, Status::ok, ""};
            };
            problem.reward = [](const Metrics& metrics) { return metrics.at("score"); };
            Setup setup;
            setup.space = &space;
            setup.reward = followed == Followed::reward ? &reward : nullptr;
            setup.objectives = problem.objectives;
            MemorySearch search(problem);
            plugins.make(info, setup)->search(search);
            if (spends_all(info))
                CHECK(search.visits().size() == kBudget);
            if (follows)
                CHECK(worth(search.visits(), followed) >= drawn);
        }
        INFO(info.name);
        CHECK(any);
        ++strategies;
    }
    CHECK(strategies >= 14);
    CHECK(followed_well >= 20);
}
