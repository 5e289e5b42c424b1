// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <thread>
#include <utility>

#include "catch.hpp"
#include "search_bench.hpp"

using namespace espalier;
using namespace espalier::host;
using namespace espalier::test;

TEST_CASE("the budget is met exactly, and beyond it evaluations are values that are not recorded", "[search]")
{
    for (const int workers : {1, 3}) {
        const TemporaryFolder folder;
        std::vector<Evaluation> found;
        Bench bench([&](Search& search) {
            std::vector<Architecture> batch;
            for (std::uint16_t i = 0; i < 10; ++i)
                batch.push_back(digits({i, 9, 9}));
            batch.insert(batch.begin() + 5, digits({0, 9, 9}));  // known: costs nothing
            found = search.evaluate(batch);
            CHECK(search.remaining() == 0);
            CHECK(search.evaluate(std::vector{digits({3, 9, 9})}).front().ok());
        });
        bench.experiment.budget.evaluations = 7;
        bench.experiment.execution.workers = workers;
        auto& evaluator = bench.evaluator([](const Candidate& c, Context&) { return scored(c, "score", spelt(c)); });
        bench.run(folder / "run");
        CHECK(evaluator.calls == 7);
        REQUIRE(found.size() == 11);
        for (std::size_t i = 0; i < 11; ++i)
            CHECK(found[i].status == (i < 8 ? Status::ok : Status::out_of_budget));
        CHECK(found[8].reason == "the budget of 7 evaluations is spent");
        CHECK(rows(folder / "run").size() == 7);
        CHECK(bench.told.done == 7);
    }
}

TEST_CASE("infeasible architectures spend none of the evaluator's budget", "[search]")
{
    const TemporaryFolder folder;
    Bench bench(random_search());
    bench.cost("latency_ms", [](const Candidate& c, Context&) { return scored(c, "latency_ms", spelt(c)); });
    bench.experiment.constraints = {{"latency_ms", 0, 300}};
    bench.experiment.budget.evaluations = 30;
    auto& evaluator = bench.evaluator([](const Candidate& c, Context&) { return scored(c, "score", spelt(c)); });
    bench.run(folder / "run");
    CHECK(evaluator.calls == 30);
    const auto recorded = rows(folder / "run");
    CHECK(recorded.size() > 30);
    CHECK(std::ranges::count_if(recorded, &StoredEvaluation::spent) == 30);
    for (const StoredEvaluation& row : recorded)
        CHECK((!row.spent || row.evaluated));
}

TEST_CASE("every row says whether it spent budget", "[search]")
{
    const TemporaryFolder folder;
    const auto propose = [](Search& search) {
        search.evaluate(std::vector{digits({1, 2, 0}), digits({2, 1, 0}), digits({3, 3, 0})});  // two keys
    };
    const auto spent = [&](const char* run) {
        std::vector<bool> all;
        for (const StoredEvaluation& row : rows(folder / run))
            all.push_back(row.spent);
        return all;
    };
    Bench with_evaluator(propose);
    with_evaluator.evaluator([](const Candidate& c, Context&) { return scored(c, "score", spelt(c)); });
    with_evaluator.run(folder / "run");
    CHECK(spent("run") == std::vector{true, false, true});
    Bench costs_only(propose);
    costs_only.parts.evaluator = {};
    costs_only.experiment.objectives = {{"macs", false}};
    costs_only.cost("macs", [](const Candidate& c, Context&) { return scored(c, "macs", spelt(c)); });
    costs_only.run(folder / "costs");
    CHECK(spent("costs") == std::vector{true, true, true});
}

TEST_CASE("1,000 proposals in a row without a new architecture end the search", "[search]")
{
    const TemporaryFolder folder;
    int proposals = 0;
    Bench bench(
        [&](Search& search) {
            search.evaluate(std::vector{digits({1})});
            for (; search.remaining() > 0; ++proposals)
                search.evaluate(std::vector{digits({1})});
            CHECK(search.evaluate(std::vector{digits({2})}).front().status == Status::out_of_budget);
        },
        1);
    bench.experiment.budget.evaluations = 100;
    bench.run(folder / "run");
    CHECK(proposals == 1000);
    CHECK(bench.told.messages.size() == 1);
}

TEST_CASE("after a training nothing has been proposed in vain", "[search]")
{
    for (const std::size_t before : {999U, 1000U}) {
        const TemporaryFolder folder;
        Bench bench(
            [&](Search& search) {
                for (std::size_t i = 0; i <= before; ++i)
                    search.evaluate(std::vector{digits({1})});
                search.train("again", Region(search.space().decisions()));
                for (int i = 0; i < 900; ++i)
                    CHECK(search.evaluate(std::vector{digits({1})}).front().ok());
                CHECK(search.remaining() == 98);
            },
            1);
        std::string diary;
        bench.evaluator([](const Candidate& c, Context&) { return scored(c, "score", 1); }).learning =
            [&](const Region&, Sampler) { return std::make_unique<Diary>(diary, 1); };
        bench.experiment.budget.evaluations = 100;
        CHECK(bench.run(folder / "run").sentence.empty());
    }
}

TEST_CASE("a small space is searched to its end, and the search ends", "[search]")
{
    const TemporaryFolder folder;
    Bench bench(random_search(4), 1);
    bench.experiment.budget.evaluations = 100;
    CHECK(bench.run(folder / "run").state == RunState::finished);
    CHECK(rows(folder / "run").size() == 10);
}

TEST_CASE("a search in which nothing is feasible ends", "[search]")
{
    const TemporaryFolder folder;
    Bench bench(random_search(), 9);
    bench.cost("latency_ms",
               [](const Candidate& c, Context&) { return scored(c, "latency_ms", 2 + c.canonical().choices[0]); });
    bench.experiment.constraints = {{"latency_ms", 0, 1}};
    bench.experiment.budget.evaluations = 10;
    const RunOutcome outcome = bench.run(folder / "run");
    CHECK(outcome.state == RunState::nothing_feasible);
    CHECK_THAT(outcome.sentence,
               ContainsSubstring("latency_ms must be at most 1") && ContainsSubstring("latency_ms 2"));
}

TEST_CASE("a search whose costs are measured ends soon if nothing is ever feasible", "[search]")
{
    const auto seen = [](double first, std::string* told = nullptr) {
        const TemporaryFolder folder;
        Bench bench(
            [](Search& search) {
                for (std::uint16_t i = 0; i < 1500 && search.remaining() > 0; ++i)
                    search.evaluate(std::vector{digits({std::uint16_t(i / 1000), std::uint16_t(i / 100 % 10),
                                                        std::uint16_t(i / 10 % 10), std::uint16_t(i % 10)})});
            },
            4);
        bool any = false;
        bench
            .cost("latency_ms", [&](const Candidate& c,
                                    Context&) { return scored(c, "latency_ms", std::exchange(any, true) ? 2 : first); })
            .measuring = true;
        bench.experiment.constraints = {{"latency_ms", 0, 1}};
        bench.experiment.budget.evaluations = 10;
        CHECK((bench.run(folder / "run").state == RunState::finished) == (first <= 1));
        if (told != nullptr)
            *told = bench.told.messages.at(0);
        return rows(folder / "run").size();
    };
    std::string told;
    CHECK(seen(2, &told) == 1000);
    CHECK(told ==
          "the search ends: the costs of the first 1,000 architectures were measured, and none of them could be "
          "evaluated");
    CHECK(seen(1) == 1500);  // one was feasible: others may be
}

TEST_CASE("100,000 rows without a cost end a search only if they come in a row", "[search]")
{
    const TemporaryFolder folder;
    Bench bench(
        [](Search& search) {
            for (std::size_t i = 0; search.remaining() > 0; ++i) {
                Architecture one = digits({0, 0, 0, 0, 0, 0, 0, 0});
                for (std::size_t digit = 2, rest = i; digit < 8; ++digit, rest /= 10)
                    one.choices[digit] = static_cast<std::uint16_t>(rest % 10);
                search.evaluate(std::vector{std::move(one)});
            }
        },
        8);
    bench.cost("latency_ms", [](const Candidate& c, Context&) {
        return scored(c, "latency_ms", spelt(c) == 30 ? 1 : 2);  // 30,000 with its last digit first
    });
    bench.experiment.constraints = {{"latency_ms", 0, 1}};
    bench.experiment.budget.evaluations = 10;
    bench.run(folder / "run");
    CHECK(rows(folder / "run").size() == 30'001 + 100'000);
}

TEST_CASE("1,000 failures in a row that are alike end a search", "[search]")
{
    const auto searched = [](bool alike, bool late) {
        const TemporaryFolder folder;
        Bench bench(random_search(), 8);
        bench.cost("latency_ms", [&](const Candidate& c, Context&) {
            if (late && c.canonical().choices[7] == 0)
                return scored(c, "latency_ms", 1);
            return failed(c.architecture(), alike ? "no row for 'stem'" : "no row for " + to_string(c.architecture()));
        });
        bench.experiment.budget.evaluations = late ? 500 : 10;
        if (!alike && !late)
            bench.strategy([](Search& search) {
                Rng rng = search.rng("few");
                const Region all(search.space().decisions());
                for (int i = 0; i < 3000 && search.remaining() > 0; ++i)
                    search.evaluate(std::vector{random_architecture(all, rng)});
            });
        const RunOutcome outcome = bench.run(folder / "run");
        if (alike && !late) {
            CHECK(outcome.state == RunState::nothing_feasible);
            CHECK_THAT(outcome.sentence, ContainsSubstring("no row for 'stem'"));
            REQUIRE(bench.told.messages.size() == 1);
            CHECK(bench.told.messages.front() ==
                  "the search ends: 1,000 architectures in a row failed alike: no row for 'stem'");
        }
        return rows(folder / "run").size();
    };
    CHECK(searched(true, false) == 1000);
    CHECK(searched(false, false) > 2900);  // such as a table that knows few architectures of a large space
    CHECK(searched(true, true) > 4000);    // some work in between
}

TEST_CASE("a budget of minutes ends at the same evaluation when the run is replayed", "[search]")
{
    const TemporaryFolder folder;
    std::size_t seen = 0;
    const auto bench = [&](double seconds, std::chrono::milliseconds each) {
        auto made = std::make_unique<Bench>(
            [&seen](Search& search) {
                Rng rng = search.rng("x");
                const Region all(search.space().decisions());
                for (seen = 0; search.remaining() > 0; ++seen)
                    search.evaluate(std::vector{random_architecture(all, rng)});
            },
            6);
        made->experiment.budget.minutes = seconds / 60;
        made->evaluator([each](const Candidate& c, Context&) {
            std::this_thread::sleep_for(each);
            return scored(c, "score", spelt(c));
        });
        return made;
    };
    SECTION("time adds up over interruptions")
    {
        const auto first = bench(1, {});
        first->evaluator([&](const Candidate& c, Context&) {
            std::this_thread::sleep_for(std::chrono::milliseconds(700));
            first->stop = true;
            return scored(c, "score", spelt(c));
        });
        CHECK(first->run(folder / "run").state == RunState::interrupted);
        const auto begin = std::chrono::steady_clock::now();
        CHECK(bench(1, std::chrono::milliseconds(4))->run(folder / "run").state == RunState::finished);
        CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(1));
        CHECK(rows(folder / "run").size() > 1);
    }
    SECTION("the end is recorded")
    {
        auto first = bench(0.2, std::chrono::milliseconds(4));
        first->final("top1_pct", [&](const Candidate& c, Context& context) {
            first->stop = true;
            return context.stopped() ? failed({}, "stopped") : scored(c, "top1_pct", 1);
        });
        CHECK(first->run(folder / "run").state == RunState::interrupted);
        const std::size_t ended = seen;
        const std::string recorded = all_results(folder / "run");
        auto second = bench(0.2, {});
        second->final("top1_pct", [](const Candidate& c, Context&) { return scored(c, "top1_pct", 1); });
        CHECK(second->run(folder / "run").state == RunState::finished);
        CHECK(seen == ended);
        CHECK(all_results(folder / "run") == recorded);
    }
}
