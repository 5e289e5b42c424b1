// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "catch.hpp"
#include "search_bench.hpp"

using namespace espalier;
using namespace espalier::host;
using namespace espalier::test;

namespace {

/// An evaluator whose delay depends on the key, 0 to 20 ms.
struct Delayed {
    Delayed(std::size_t in_flight, int workers) : bench(random_search(in_flight))
    {
        bench.experiment.budget.evaluations = 60;
        bench.experiment.execution.workers = workers;
        bench.evaluator([this](const Candidate& c, Context& context) {
            std::this_thread::sleep_for(std::chrono::milliseconds(stable_hash(c.key()) % 21));
            context.note("evaluated", spelt(c));
            const std::lock_guard guard(mutex);
            finished.push_back(c.key());
            threads.insert(std::this_thread::get_id());
            return scored(c, "score", spelt(c));
        });
    }
    Bench bench;
    std::mutex mutex;
    std::vector<std::string> finished;
    std::set<std::thread::id> threads;
};

}  // namespace

TEST_CASE("1, 2 and 4 workers give the same results although evaluations finish in another order", "[search]")
{
    const TemporaryFolder folder;
    std::vector<std::vector<std::string>> orders;
    for (const int workers : {1, 2, 4}) {
        Delayed delayed(8, workers);
        const auto directory = folder / std::to_string(workers);
        CHECK(delayed.bench.run(directory).state == RunState::finished);
        orders.push_back(delayed.finished);
        CHECK(delayed.threads.size() <= static_cast<std::size_t>(workers));
        if (workers == 1)
            CHECK(delayed.threads.contains(std::this_thread::get_id()));  // no thread is made for one worker
        CHECK(all_results(directory) == all_results(folder / "1"));
        CHECK(curve(directory, "evaluated") == curve(folder / "1", "evaluated"));
        CHECK(curve(directory, "score") == curve(folder / "1", "score"));
    }
    CHECK(orders[0] != orders[1]);
    CHECK(orders[0] != orders[2]);
    CHECK(rows(folder / "1").size() >= 60);
}

TEST_CASE("a run may go on with another number of workers", "[search]")
{
    const TemporaryFolder folder;
    Delayed whole(8, 1);
    whole.bench.run(folder / "whole");
    for (const int workers : {4, 2, 1}) {
        Delayed part(8, workers);
        std::atomic<int> budget = 15;
        TestEvaluator::Work slow = [&](const Candidate& c, Context&) {
            if (--budget == 0)
                part.bench.stop = workers > 1;
            return scored(c, "score", spelt(c));
        };
        part.bench.evaluator(slow);
        CHECK(part.bench.run(folder / "parts").state == (workers > 1 ? RunState::interrupted : RunState::finished));
    }
    CHECK(all_results(folder / "parts") == all_results(folder / "whole"));
}

TEST_CASE("workers get the devices in turn, and one worker the first", "[search]")
{
    for (const int workers : {1, 3}) {
        const TemporaryFolder folder;
        std::mutex mutex;
        std::atomic<bool> same = true;  // in a phase of the call
        std::map<std::thread::id, std::set<std::string>> used;
        Bench bench(random_search(9));
        bench.experiment.budget.evaluations = 60;
        bench.experiment.execution.workers = workers;
        bench.experiment.execution.device = "cuda";
        bench.experiment.execution.devices = {"cuda", "cuda:1"};
        bench.evaluator([&](const Candidate& c, Context& context) {
            std::string text;
            Diary diary(text, 1);
            diary.before_step = [&](Phase::Step& step) { same = same && step.context.device() == context.device(); };
            context.phase("short", diary);
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
            const std::lock_guard guard(mutex);
            used[std::this_thread::get_id()].insert(context.device());
            return scored(c, "score", spelt(c));
        });
        bench.run(folder / "run");
        CHECK(same);
        std::multiset<std::string> devices;
        for (const auto& [thread, its] : used)
            devices.insert(its.begin(), its.end());
        CHECK(devices == (workers == 1 ? std::multiset<std::string>{"cuda"}
                                       : std::multiset<std::string>{"cuda", "cuda", "cuda:1"}));
    }
}

TEST_CASE("nothing runs beside a measurement", "[search]")
{
    const TemporaryFolder folder;
    std::atomic<int> running = 0;
    std::atomic<bool> disturbed = false, together = false;
    Bench bench(random_search(8));
    bench.experiment.budget.evaluations = 40;
    bench.experiment.execution.workers = 4;
    bench.evaluator([&](const Candidate& c, Context&) {
        const int now = ++running;
        together = together || now > 1;
        std::this_thread::sleep_for(std::chrono::milliseconds(3));
        --running;
        return scored(c, "score", spelt(c));
    });
    auto& measured = bench.cost("latency_ms", [&](const Candidate& c, Context&) {
        disturbed = disturbed || running != 0;
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        disturbed = disturbed || running != 0;
        return scored(c, "latency_ms", 1);
    });
    measured.measuring = true;
    bench.run(folder / "run");
    CHECK(!disturbed);
    CHECK(together);  // the evaluator's own calls do run together
}

TEST_CASE("an evaluator that measures runs one candidate at a time", "[search]")
{
    const TemporaryFolder folder;
    std::atomic<int> running = 0;
    std::atomic<bool> together = false, elsewhere = false;
    const std::thread::id here = std::this_thread::get_id();
    Bench bench(random_search(8));
    bench.experiment.budget.evaluations = 20;
    bench.experiment.execution.workers = 4;
    bench
        .evaluator([&](const Candidate& c, Context&) {
            together = together || ++running > 1;
            elsewhere = elsewhere || std::this_thread::get_id() != here;
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
            --running;
            return scored(c, "score", spelt(c));
        })
        .measuring = true;
    bench.run(folder / "run");
    CHECK(!together);
    CHECK(!elsewhere);  // on a thread that nothing else disturbs
}

TEST_CASE("Ctrl-C ends evaluations under way and those that wait, and counts none of them", "[search]")
{
    for (const int workers : {1, 4}) {
        const TemporaryFolder folder;
        Bench bench(random_search(8));
        bench.experiment.budget.evaluations = 100;
        bench.experiment.execution.workers = workers;
        std::atomic<int> begun = 0;
        bench.evaluator([&](const Candidate& c, Context& context) {
            if (++begun == 10)
                bench.stop = true;
            for (int i = 0; i < 5000 && begun >= 10; ++i) {
                if (context.stopped())
                    return failed({}, "stopped");
                std::this_thread::sleep_for(std::chrono::milliseconds(1));
            }
            return scored(c, "score", spelt(c));
        });
        const auto begin = std::chrono::steady_clock::now();
        CHECK(bench.run(folder / "run").state == RunState::interrupted);
        CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(3));
        CHECK(begun < 10 + workers);
        for (const StoredEvaluation& row : rows(folder / "run"))
            CHECK(row.evaluation.ok());
    }
}

TEST_CASE("what workers have finished is kept, whatever ends the run, and while nobody asks for it", "[search]")
{
    const TemporaryFolder folder;
    const auto kept = [&](const char* name) {
        std::size_t results = 0;
        RunStore::read_only(folder / name).for_each_result([&](const StoredResult&) { ++results; });
        return results;
    };
    std::atomic<std::size_t> finished = 0;
    const auto bench = [&](std::size_t bad, OnFailure on_failure) {
        auto made = std::make_unique<Bench>(random_search(4));
        made->experiment.execution.workers = 4;
        made->experiment.on_failure = on_failure;
        finished = 0;
        made->evaluator([&, bad, lent = made.get()](const Candidate& c, Context&) {
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
            const bool is_bad = ++finished == bad;
            if (is_bad)
                --finished;
            if (is_bad && lent->experiment.on_failure == OnFailure::skip)
                lent->stop = true;
            return is_bad ? failed({}, "no") : scored(c, "score", spelt(c));
        });
        return made;
    };
    SECTION("Ctrl-C")
    {
        CHECK(bench(9, OnFailure::skip)->run(folder / "run").state == RunState::interrupted);
        CHECK(kept("run") == finished);
    }
    SECTION("abort")
    {
        CHECK(bench(9, OnFailure::abort)->run(folder / "run").state == RunState::failed);
        CHECK(kept("run") == finished);
    }
    SECTION("a strategy that computes")
    {
        const auto busy = bench(0, OnFailure::skip);
        busy->strategy([&](Search& search) {
            for (std::uint16_t i = 0; i < 4; ++i)
                search.submit(digits({i, 9, 9}));
            for (int i = 0; i < 5000 && kept("run") < 4; ++i)
                std::this_thread::sleep_for(std::chrono::milliseconds(1));
            search.note("kept", static_cast<double>(kept("run")));
        });
        busy->evaluator([&](const Candidate& c, Context&) {
            std::this_thread::sleep_for(std::chrono::milliseconds(40));
            ++finished;
            return scored(c, "score", spelt(c));
        });
        CHECK(busy->run(folder / "run").state == RunState::finished);
        CHECK(curve(folder / "run", "kept") == std::vector<double>{4});
    }
}

TEST_CASE("given architectures keep what was found out before Ctrl-C", "[search]")
{
    Bench bench;
    int begun = 0;
    bench.cost("latency_ms", [](const Candidate& c, Context&) { return scored(c, "latency_ms", spelt(c)); });
    bench.evaluator([&](const Candidate& c, Context& context) {
        bench.stop = ++begun == 3;
        return context.stopped() ? failed({}, "cut short") : scored(c, "score", spelt(c));
    });
    std::vector<Architecture> four;
    for (std::uint16_t i = 1; i < 5; ++i)
        four.push_back(digits({i, i, i}));
    const auto found = evaluate_only(bench.experiment, bench.parts, four, bench.told, bench.stop);
    REQUIRE(found.size() == 4);
    for (std::size_t i = 0; i < 4; ++i) {
        CHECK(found[i].ok() == (i < 2));
        CHECK(found[i].metrics.contains("latency_ms"));
        CHECK(found[i].metrics.contains("score") == (i < 2));
        if (i >= 2)
            CHECK_THAT(found[i].reason, ContainsSubstring("interrupted"));
    }
}

TEST_CASE("Ctrl-C ends who asks for known prices only", "[search]")
{
    const TemporaryFolder folder;
    Bench bench([&](Search& search) {
        const std::vector<Architecture> known{digits({1, 2, 3})};
        for (int i = 0; i < 10'000; ++i) {
            search.cost(known);
            bench.stop = bench.stop || i == 10;
        }
    });
    bench.cost("latency_ms", [](const Candidate& c, Context&) { return scored(c, "latency_ms", 1); });
    CHECK(bench.run(folder / "run").state == RunState::interrupted);
}

TEST_CASE("what a component says when it is cut short is no verdict", "[search]")
{
    for (const int workers : {1, 3})
        for (const bool throws : {true, false}) {
            const TemporaryFolder folder;
            Bench bench(random_search(8));
            bench.experiment.execution.workers = workers;
            std::atomic<int> begun = 0;
            bench.evaluator([&](const Candidate& c, Context& context) {
                if (++begun == 5)
                    bench.stop = true;
                const bool cut_short = context.stopped();
                if (cut_short && throws)
                    throw Error("no answer came from the device");
                return scored(c, "score", cut_short ? -1 : spelt(c));
            });
            const RunOutcome outcome = bench.run(folder / "run");
            CHECK(outcome.state == RunState::interrupted);
            CHECK(outcome.sentence.empty());
            RunStore::read_only(folder / "run").for_each_result([](const StoredResult& result) {
                CHECK(result.evaluation.metrics.at("score") >= 0);
            });
        }
}
