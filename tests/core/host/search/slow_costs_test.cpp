// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <mutex>
#include <thread>

#include "catch.hpp"
#include "search_bench.hpp"

using namespace espalier;
using namespace espalier::host;
using namespace espalier::test;

namespace {

using std::chrono::milliseconds;

/// 0 to 10 ms.
void dawdle(const Candidate& c, const char* who)
{
    std::this_thread::sleep_for(milliseconds(stable_hash(who + to_string(c.architecture())) % 11));
}

/// Two slow costs, of which the first knows each of two architectures that share a key, around a quick one, two
/// constraints, and an evaluator that is slow, too.
struct SlowCosts {
    SlowCosts(std::function<void(Search&)> steps, int workers) : bench(std::move(steps))
    {
        bench.experiment.budget.evaluations = 30;
        bench.experiment.execution.workers = workers;
        bench.experiment.constraints = {{"latency_ms", 0, 700}, {"energy_mj", 2, 9}};
        latency = &bench.cost("latency_ms", [](const Candidate& c, Context&) {
            dawdle(c, "latency");
            return scored(c, "latency_ms", spelt(c));
        });
        bench.cost("macs", [](const Candidate& c, Context&) { return scored(c, "macs", c.architecture().choices[1]); })
            .by_architecture = true;
        energy = &bench.cost("energy_mj", [](const Candidate& c, Context& context) {
            dawdle(c, "energy");
            context.note("energy", spelt(c));
            return scored(c, "energy_mj", c.canonical().choices[2]);
        });
        latency->is_slow = energy->is_slow = latency->by_architecture = true;
        evaluator = &bench.evaluator([](const Candidate& c, Context& context) {
            dawdle(c, "evaluator");
            context.note("evaluated", spelt(c));
            return scored(c, "score", spelt(c));
        });
    }
    Bench bench;
    TestCost *latency, *energy;
    TestEvaluator* evaluator;
};

/// Proposes without asking how much remains, then with it.
void restless(Search& search)
{
    Rng rng = search.rng("restless");
    const Region all(search.space().decisions());
    std::size_t flying = 0;
    for (int i = 0; i < 25; ++i) {
        Architecture one = random_architecture(all, rng);
        search.submit(one);
        std::swap(one.choices[0], one.choices[1]);  // the same key
        search.submit(one);
        for (flying += 2; flying > 8; --flying)
            search.note("score", static_cast<double>(search.collect().metrics.size()));
    }
    search.note("left", static_cast<double>(search.remaining()));
    for (; flying > 0; --flying)
        search.collect();
    std::vector<Architecture> batch;
    for (int i = 0; i < 60; ++i)
        batch.push_back(random_architecture(all, rng));
    for (const Evaluation& e : search.cost(batch))
        search.note("cost", e.metrics.at("energy_mj"));
    for (const Evaluation& e : search.evaluate(batch))
        search.note("status", static_cast<double>(e.status));
}

const std::vector<std::string> kSlowSeries{"score", "left", "cost", "status", "energy", "evaluated"};

}  // namespace

TEST_CASE("slow costs give the same for 1, 2 and 4 workers, and the same as quick ones", "[search][costs]")
{
    const TemporaryFolder folder;
    for (const int workers : {0, 1, 2, 4}) {
        SlowCosts slow(restless, workers);
        slow.latency->is_slow = slow.energy->is_slow = workers > 0;
        const auto directory = folder / std::to_string(workers);
        CHECK(slow.bench.run(directory).state == RunState::finished);
        if (workers > 0)
            CHECK(everything(directory, kSlowSeries) == everything(folder / "1", kSlowSeries));
        CHECK(all_results(directory) == all_results(folder / "0"));
        CHECK(std::ranges::count_if(rows(directory), &StoredEvaluation::spent) == 30);
    }
}

TEST_CASE("prices are found while others are, and while candidates are evaluated", "[search][costs]")
{
    const TemporaryFolder folder;
    std::atomic<int> pricing = 0, evaluating = 0;
    std::atomic<bool> side_by_side = false, beside_evaluation = false;
    std::vector<std::chrono::steady_clock::duration> submits;
    Bench bench([&](Search& search) {
        for (std::uint16_t i = 0; i < 10; ++i) {
            const auto begin = std::chrono::steady_clock::now();
            search.submit(digits({i, 9, 9}));
            submits.push_back(std::chrono::steady_clock::now() - begin);
        }
        for (int i = 0; i < 10; ++i)
            search.collect();
        std::vector<Architecture> others;
        for (std::uint16_t i = 0; i < 4; ++i)
            others.push_back(digits({i, i, i}));
        side_by_side = false;
        search.cost(others);
        CHECK(side_by_side);
    });
    bench.experiment.budget.evaluations = 100;
    bench.experiment.execution.workers = 4;
    bench
        .cost("latency_ms",
              [&](const Candidate& c, Context&) {
                  const int now = ++pricing;
                  side_by_side = side_by_side || now > 1;
                  std::this_thread::sleep_for(milliseconds(20));
                  beside_evaluation = beside_evaluation || evaluating > 0;
                  --pricing;
                  return scored(c, "latency_ms", 1);
              })
        .is_slow = true;
    bench.evaluator([&](const Candidate& c, Context&) {
        ++evaluating;
        std::this_thread::sleep_for(milliseconds(20));
        --evaluating;
        return scored(c, "score", spelt(c));
    });
    CHECK(bench.run(folder / "run").state == RunState::finished);
    CHECK(side_by_side);
    CHECK(beside_evaluation);
    std::ranges::sort(submits);
    CHECK(submits[5] < milliseconds(10));
}

TEST_CASE("prices may be asked for between submit and collect", "[search][costs]")
{
    for (const int workers : {1, 2})
        for (const bool measuring : {false, true}) {
            const TemporaryFolder folder;
            Bench bench([](Search& search) {
                const auto ask = [&](std::uint16_t digit) { search.cost(std::vector{digits({digit, 6, 7})}); };
                search.submit(digits({1, 2, 3}));
                ask(1);
                CHECK(search.collect().ok());
                search.submit(digits({2, 2, 3}));
                CHECK(search.feasible(digits({2, 6, 6})));
                CHECK(search.remaining() == 8);
                search.submit(digits({3, 2, 3}));
                ask(2);
                search.train("again", Region(search.space().decisions()));
                CHECK(search.collect().ok());
                CHECK(search.collect().ok());
            });
            bench.experiment.budget.evaluations = 10;
            bench.experiment.execution.workers = workers;
            TestCost& cost = bench.cost("latency_ms",
                                        [](const Candidate& c, Context&) { return scored(c, "latency_ms", spelt(c)); });
            cost.is_slow = true;
            cost.measuring = measuring;
            CHECK(bench.run(folder / "run").sentence.empty());
            CHECK(rows(folder / "run").size() == 3);
        }
}

TEST_CASE("submit waits for prices where the budget depends on them", "[search][costs]")
{
    for (const int workers : {1, 3}) {
        const TemporaryFolder folder;
        std::vector<Evaluation> found;
        Bench bench([&](Search& search) {
            std::vector<Architecture> batch;
            for (std::uint16_t i = 0; i < 10; ++i)
                batch.push_back(digits({i, i, 9}));
            found = search.evaluate(batch);
            CHECK(search.remaining() == 0);
        });
        bench.experiment.budget.evaluations = 3;
        bench.experiment.execution.workers = workers;
        bench.experiment.constraints = {{"latency_ms", 300, 1000}};  // the first three break it
        TestCost& cost = bench.cost("latency_ms", [&](const Candidate& c, Context&) {
            dawdle(c, "latency");
            return scored(c, "latency_ms", spelt(c));
        });
        cost.is_slow = true;
        bench.run(folder / "run");
        REQUIRE(found.size() == 10);
        for (std::size_t i = 0; i < 10; ++i)
            CHECK(found[i].status == (i < 3 ? Status::infeasible : i < 6 ? Status::ok : Status::out_of_budget));
        CHECK(cost.calls == 6);
        CHECK(rows(folder / "run").size() == 6);
    }
}

TEST_CASE("slow prices are recorded: a resumed run finds none of them again", "[search][costs]")
{
    const TemporaryFolder folder;
    SlowCosts whole(restless, 2);
    whole.bench.run(folder / "whole");
    int prices = 0;
    for (const int stop_at : {9, 12, 0}) {
        SlowCosts part(restless, 2);
        std::atomic<int> evaluations = 0;
        TestEvaluator& evaluator = part.bench.evaluator([&](const Candidate& c, Context& context) {
            dawdle(c, "evaluator");
            if (++evaluations == stop_at)
                part.bench.stop = true;
            context.note("evaluated", spelt(c));
            return scored(c, "score", spelt(c));
        });
        CHECK(part.bench.run(folder / "parts").state == (stop_at > 0 ? RunState::interrupted : RunState::finished));
        prices += part.latency->calls;
        CHECK(evaluator.calls > 0);
    }
    CHECK(all_results(folder / "parts") == all_results(folder / "whole"));
    CHECK(prices <= whole.latency->calls + 2 * 4);  // what was under way when it was interrupted
}

TEST_CASE("what goes wrong with a slow cost ends or fails as it does with a quick one", "[search][costs]")
{
    for (const int workers : {1, 3}) {
        const TemporaryFolder folder;
        std::vector<Evaluation> found;
        Bench bench([&](Search& search) {
            found = search.evaluate(std::vector{digits({1, 1, 1}), digits({2, 2, 2}), digits({3, 3, 3})});
        });
        bench.experiment.execution.workers = workers;
        bool gone = false;
        TestCost& cost = bench.cost("latency_ms", [&](const Candidate& c, Context&) {
            if (gone)
                throw Error("the device is gone");
            return spelt(c) == 222 ? failed({}, "no latency") : scored(c, "latency_ms", 1);
        });
        cost.is_slow = true;
        TestEvaluator& evaluator =
            bench.evaluator([](const Candidate& c, Context&) { return scored(c, "score", spelt(c)); });
        SECTION("one fails")
        {
            CHECK(bench.run(folder / "run").state == RunState::finished);
            CHECK(found[1].reason == "no latency");
            CHECK(evaluator.calls == 2);
        }
        SECTION("abort")
        {
            bench.experiment.on_failure = OnFailure::abort;
            CHECK_THAT(bench.run(folder / "run").sentence,
                       ContainsSubstring("cost 0") && ContainsSubstring("for 2,2,2"));
        }
        SECTION("nothing can be priced")
        {
            gone = true;
            CHECK_THAT(bench.run(folder / "run").sentence, ContainsSubstring("the device is gone"));
        }
    }
}
