// SPDX-License-Identifier: Apache-2.0
#include "catch.hpp"
#include "host/search/search_engine.hpp"
#include "search_bench.hpp"

using namespace espalier;
using namespace espalier::host;
using namespace espalier::test;

TEST_CASE("costs come first, and what breaks a constraint never reaches the evaluator", "[search]")
{
    const TemporaryFolder folder;
    std::vector<Evaluation> found;
    Bench bench([&](Search& search) {
        found = search.evaluate(std::vector{digits({1, 1, 1}), digits({9, 9, 9}), digits({2, 2, 2})});
    });
    std::vector<std::string> order;
    bench.cost("latency_ms", [&](const Candidate& c, Context&) {
        order.push_back("latency " + to_string(c.architecture()));
        return scored(c, "latency_ms", spelt(c));
    });
    auto& second = bench.cost("energy_mj", [&](const Candidate& c, Context&) { return scored(c, "energy_mj", 5); });
    auto& evaluator = bench.evaluator([&](const Candidate& c, Context&) {
        order.push_back("score " + to_string(c.architecture()));
        return scored(c, "score", 1);
    });
    bench.experiment.constraints = {{"latency_ms", 0, 500}};
    CHECK(bench.run(folder / "run").state == RunState::finished);

    REQUIRE(found.size() == 3);
    CHECK(found[0].metrics == Metrics{{"energy_mj", 5}, {"latency_ms", 111}, {"score", 1}});
    CHECK(found[1].status == Status::infeasible);
    CHECK(found[1].reason == "latency_ms 999 is above the maximum 500");
    CHECK(found[1].metrics == Metrics{{"latency_ms", 999}});  // dropped before the second cost
    CHECK(found[2].ok());
    CHECK(evaluator.calls == 2);
    CHECK(second.calls == 2);
    CHECK(order.front() == "latency 1 1 1");
    CHECK(rows(folder / "run").size() == 3);
}

TEST_CASE("a constraint for winners only drops nothing", "[search]")
{
    const TemporaryFolder folder;
    Bench bench([&](Search& search) {
        CHECK(search.evaluate(std::vector{digits({9, 9, 9})}).front().ok());
        CHECK(search.evaluate(std::vector{digits({1, 1, 1})}).front().ok());
        CHECK(search.feasible(digits({9, 9, 9})));
    });
    bench.cost("latency_ms", [](const Candidate& c, Context&) { return scored(c, "latency_ms", spelt(c)); });
    bench.experiment.constraints = {{"latency_ms", 0, 500, true}};
    const RunOutcome outcome = bench.run(folder / "run");
    REQUIRE(outcome.winners.size() == 1);
    CHECK(outcome.winners[0].architecture == digits({1, 1, 1}));
}

TEST_CASE("a constraint on what the evaluator gives makes its evaluation infeasible", "[search]")
{
    const TemporaryFolder folder;
    Bench bench([&](Search& search) {
        const Evaluation e = search.evaluate(std::vector{digits({1, 1, 1})}).front();
        CHECK(e.status == Status::infeasible);
        CHECK(e.reason == "score 111 is below the minimum 200");
        CHECK(e.metrics == Metrics{{"score", 111}});
    });
    bench.experiment.constraints = {{"score", 200, 1000}};
    bench.run(folder / "run");
}

TEST_CASE("one architecture is evaluated once and has one row, also while it is in flight", "[search]")
{
    for (const int workers : {1, 4}) {
        const TemporaryFolder folder;
        Bench bench([&](Search& search) {
            for (int i = 0; i < 3; ++i)
                search.submit(digits({1, 2, 3}));
            for (int i = 0; i < 3; ++i)
                CHECK(search.collect().metrics.at("score") == 123);
            search.submit(digits({1, 2, 3}));
            CHECK(search.collect().metrics.at("score") == 123);
        });
        bench.experiment.execution.workers = workers;
        auto& evaluator = bench.evaluator([](const Candidate& c, Context&) { return scored(c, "score", spelt(c)); });
        bench.run(folder / "run");
        CHECK(evaluator.calls == 1);
        CHECK(rows(folder / "run").size() == 1);
        CHECK(bench.told.rows == 1);
    }
}

TEST_CASE("architectures with one key share an evaluation, spend it once, and have rows with their own costs",
          "[search]")
{
    const TemporaryFolder folder;
    std::size_t left = 0;
    Bench bench([&](Search& search) {
        search.submit(digits({2, 1, 3}));
        search.submit(digits({1, 2, 3}));
        const Evaluation first = search.collect(), second = search.collect();
        CHECK(first.architecture == digits({2, 1, 3}));
        CHECK(second.architecture == digits({1, 2, 3}));
        CHECK(first.metrics.at("score") == second.metrics.at("score"));
        CHECK(first.metrics.at("latency_ms") == 2);
        CHECK(second.metrics.at("latency_ms") == 1);
        left = search.remaining();
    });
    auto& cost = bench.cost("latency_ms", [](const Candidate& c, Context&) {
        return scored(c, "latency_ms", c.architecture().choices[0]);
    });
    cost.by_architecture = true;
    std::vector<double> networks;
    auto& evaluator = bench.evaluator([&](const Candidate& c, Context&) {
        // The canonical member's network, whoever came first.
        networks.push_back(c.network().output().spec().number("first", -1));
        return scored(c, "score", spelt(c));
    });
    bench.experiment.budget.evaluations = 10;
    bench.run(folder / "run");
    CHECK(left == 9);
    CHECK(evaluator.calls == 1);
    CHECK(networks == std::vector<double>{1});
    CHECK(rows(folder / "run").size() == 2);
}

TEST_CASE("collect gives the oldest first and refuses when nothing is in flight", "[search]")
{
    const TemporaryFolder folder;
    Bench bench([&](Search& search) {
        search.submit(digits({1, 1, 1}));
        search.submit(digits({2, 2, 2}));
        CHECK(search.collect().architecture == digits({1, 1, 1}));
        CHECK(search.collect().architecture == digits({2, 2, 2}));
        CHECK_THROWS_WITH(search.collect(), ContainsSubstring("nothing is in flight"));
        CHECK_THROWS_WITH(search.submit(digits({1, 1, 10})), ContainsSubstring("no architecture of the space"));
        CHECK_THROWS_WITH(search.submit(digits({1, 1})), ContainsSubstring("no architecture of the space"));
    });
    bench.run(folder / "run");
}

TEST_CASE("what is in flight when the strategy ends is evaluated and recorded", "[search]")
{
    const TemporaryFolder folder;
    Bench bench([&](Search& search) {
        search.submit(digits({1, 1, 1}));
        search.submit(digits({2, 2, 2}));
    });
    bench.run(folder / "run");
    CHECK(rows(folder / "run").size() == 2);
}

TEST_CASE("cost asks the cost models only, each key once, and spends nothing", "[search]")
{
    const TemporaryFolder folder;
    Bench bench([&](Search& search) {
        const std::vector all{digits({1, 2, 0}), digits({2, 1, 0}), digits({9, 9, 9})};
        const auto priced = search.cost(all);
        CHECK(priced[0].metrics == Metrics{{"latency_ms", 120}});
        CHECK(priced[1].metrics == priced[0].metrics);
        CHECK(priced[1].architecture == digits({2, 1, 0}));
        CHECK(priced[2].status == Status::infeasible);
        CHECK(search.feasible(all[0]));
        CHECK(!search.feasible(all[2]));
        CHECK(search.remaining() == 5);
    });
    bench.experiment.budget.evaluations = 5;
    bench.experiment.constraints = {{"latency_ms", 0, 500}};
    auto& cost =
        bench.cost("latency_ms", [](const Candidate& c, Context&) { return scored(c, "latency_ms", spelt(c)); });
    auto& evaluator = bench.evaluator([](const Candidate& c, Context&) { return scored(c, "score", 1); });
    bench.run(folder / "run");
    CHECK(cost.calls == 2);
    CHECK(evaluator.calls == 0);
    CHECK(rows(folder / "run").empty());
}

TEST_CASE("one operator is priced by the cost models that can", "[search]")
{
    const TemporaryFolder folder;
    Bench bench([&](Search& search) {
        Network fragment;
        fragment.add_custom("digits", {}, Shape{1}, {{"first", {4}}});
        CHECK(search.cost(fragment) == Metrics{{"latency_ms", 4}});
    });
    bench.cost("latency_ms", [](const Candidate& c, Context&) {
        return Evaluation{{}, {{"latency_ms", c.network().output().spec().number("first", -1)}}, Status::ok, ""};
    });
    bench.cost("table_ms", [](const Candidate&, Context&) { return failed({}, "knows whole networks only"); });
    CHECK(bench.run(folder / "run").state == RunState::finished);
}

TEST_CASE("the reward is minus infinity unless the evaluation is ok", "[search]")
{
    const TemporaryFolder folder;
    Bench bench([&](Search& search) {
        CHECK(search.reward({digits({1, 1, 1}), {{"score", 3}}, Status::ok, ""}) == 3);
        CHECK(search.reward(failed(digits({1, 1, 1}), "no")) == -std::numeric_limits<double>::infinity());
        CHECK(search.rng("a")() == search.rng("a")());
        CHECK(search.rng("a")() != search.rng("b")());
    });
    bench.parts.reward.component = std::make_unique<TestReward>();
    CHECK(bench.run(folder / "run").state == RunState::finished);
}

TEST_CASE("metrics that a reward refuses are worth minus infinity, and the search goes on", "[search]")
{
    class Refusing final : public Reward {
        double operator()(const Metrics& m) const override
        {
            if (m.at("score") < 150)
                throw Error("score is too low");
            return m.at("score");
        }
    };
    constexpr double kWorst = -std::numeric_limits<double>::infinity();
    const std::vector<Architecture> asked{digits({1, 1, 1}), digits({2, 2, 2}), digits({1, 2, 3})};
    for (const std::size_t proposed : {3U, 1U}) {
        const TemporaryFolder folder;
        std::vector<double> rewards;
        Bench bench([&](Search& search) {
            for (const Evaluation& e : search.evaluate(std::span(asked).first(proposed)))
                rewards.push_back(search.reward(e));
        });
        bench.experiment.objectives.clear();
        bench.parts.reward.component = std::make_unique<Refusing>();
        const RunOutcome outcome = bench.run(folder / "run");
        CHECK(bench.told.messages ==
              std::vector<std::string>{"score is too low; the reward of this and others like it is minus "
                                       "infinity, which nobody follows"});
        if (proposed == 3) {
            CHECK(rewards == std::vector<double>{kWorst, 222, kWorst});
            REQUIRE(outcome.winners.size() == 1);
            CHECK(outcome.winners[0].architecture == digits({2, 2, 2}));
        } else {
            CHECK(outcome.state == RunState::nothing_feasible);
            CHECK(outcome.winners.empty());
            CHECK(outcome.sentence ==
                  "no winner: no architecture that could be one has a reward above minus infinity: score is too low.");
        }
    }
}

TEST_CASE("a reward for which there is not enough memory ends the run", "[search]")
{
    class Large final : public Reward {
        double operator()(const Metrics&) const override { throw std::bad_alloc(); }
    };
    const TemporaryFolder folder;
    Bench bench([&](Search& search) { search.reward({digits({1, 1, 1}), {{"score", 3}}, Status::ok, ""}); });
    bench.parts.reward.component = std::make_unique<Large>();
    const RunOutcome outcome = bench.run(folder / "run");
    CHECK(outcome.state == RunState::failed);
    CHECK_THAT(outcome.sentence, ContainsSubstring("there is not enough memory"));
}

TEST_CASE("without an evaluator the costs are the evaluation and distinct architectures the budget", "[search]")
{
    const TemporaryFolder folder;
    Bench bench(random_search());
    bench.parts.evaluator = {};
    bench.cost("score", [](const Candidate& c, Context&) { return scored(c, "score", spelt(c)); });
    bench.experiment.budget.evaluations = 20;
    CHECK(bench.run(folder / "run").state == RunState::finished);
    CHECK(rows(folder / "run").size() == 20);
}

TEST_CASE("a run starts from what another one found", "[search]")
{
    const TemporaryFolder folder;
    Bench first(random_search());
    first.experiment.budget.evaluations = 50;
    const auto best = first.run(folder / "first").winners.at(0).architecture;
    std::vector<Evaluation> known;
    const auto steps = [&](Search& search) { known = search.known(); };
    Bench second(steps);
    second.experiment.start = folder / "first";
    second.experiment.start_best = 5;
    REQUIRE(second.run(folder / "second").state == RunState::finished);
    REQUIRE(known.size() == 5);
    CHECK(known[0].architecture == best);
    CHECK(known[0].metrics.at("score") >= known[4].metrics.at("score"));

    Bench other(steps, 4);
    other.experiment.start = folder / "first";
    const RunOutcome outcome = other.run(folder / "third");
    CHECK(outcome.state == RunState::failed);
    CHECK_THAT(outcome.sentence, ContainsSubstring("another search space"));
}

TEST_CASE("given architectures are evaluated without a search", "[search]")
{
    const TemporaryFolder folder;
    Bench bench;
    bench.cost("latency_ms", [](const Candidate& c, Context&) { return scored(c, "latency_ms", 9); });
    bench.experiment.constraints = {{"latency_ms", 0, 1}};
    bench.final("top1_pct", [](const Candidate& c, Context&) {
        return spelt(c) > 200 ? failed({}, "no value") : scored(c, "top1_pct", 90);
    });
    const std::vector all{digits({1, 1, 1}), digits({2, 2, 2})};
    const auto found = evaluate_only(bench.experiment, bench.parts, all, bench.told, bench.stop);
    REQUIRE(found.size() == 2);
    CHECK(found[0] == Evaluation{all[0], {{"latency_ms", 9}, {"score", 111}, {"top1_pct", 90}}, Status::ok, ""});
    CHECK(found[1].status == Status::failed);
    CHECK_THAT(found[1].reason, ContainsSubstring("no value"));
    CHECK(found[1].metrics.at("score") == 222);
}
