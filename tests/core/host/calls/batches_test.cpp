// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <numeric>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

#include "catch.hpp"
#include "core/host/search/search_bench.hpp"

using namespace espalier;
using namespace espalier::host;
using namespace espalier::test;

namespace {

/// Twelve architectures of eleven keys.
std::vector<Architecture> twelve()
{
    std::vector<Architecture> all{digits({9, 1, 0})};
    for (std::uint16_t i = 0; i < 11; ++i)
        all.push_back(digits({1, static_cast<std::uint16_t>(i % 10), static_cast<std::uint16_t>(i / 10)}));
    return all;
}

std::string statuses(const std::vector<Evaluation>& all)
{
    std::string text;
    for (const Evaluation& one : all)
        text += fmt::format("{}{} ", name(one.status), one.reason.empty() ? "" : ": " + one.reason);
    return text;
}

}  // namespace

TEST_CASE("batches are filled, and change nothing in the results", "[batches]")
{
    const TemporaryFolder folder;
    for (const std::size_t batch : {1U, 4U, 100U})
        for (const int workers : {1, 3}) {
            std::vector<Evaluation> found;
            Bench bench([&](Search& search) {
                found = search.evaluate(twelve());
                search.cost(std::vector{digits({7, 7, 7}), digits({8, 8, 8}), digits({7, 7, 7})});
                search.submit(digits({5, 5, 5}));
                search.collect();
            });
            bench.experiment.budget.evaluations = 100;
            bench.experiment.execution.workers = workers;
            TestEvaluator& evaluator = bench.evaluator([](const Candidate& c, Context& context) {
                context.note("seen", spelt(c));
                return scored(c, "score", spelt(c));
            });
            TestCost& cost =
                bench.cost("latency_ms", [](const Candidate& c, Context&) { return scored(c, "latency_ms", 1); });
            evaluator.likes = cost.likes = batch;
            const std::string name = fmt::format("{} {}", batch, workers);
            CHECK(bench.run(folder / name).state == RunState::finished);
            CHECK(all_results(folder / name) == all_results(folder / "1 1"));
            CHECK(RunStore::read_only(folder / name).notes("seen").size() == 12);
            std::ranges::sort(evaluator.batches, std::greater{});
            using Sizes = std::vector<std::size_t>;
            CHECK(evaluator.batches == (batch == 1 ? Sizes(12, 1) : batch == 4 ? Sizes{4, 4, 3, 1} : Sizes{11, 1}));
            CHECK(std::ranges::max(cost.batches) == std::min<std::size_t>(batch, 2));
        }
}

TEST_CASE("slow costs get batches of what is in flight, and a rest that fills none", "[batches]")
{
    const TemporaryFolder folder;
    for (const bool slow : {false, true})
        for (const int workers : {1, 3}) {
            Bench bench([&](Search& search) { search.evaluate(twelve()); });
            bench.experiment.execution.workers = workers;
            for (const char* metric : {"latency_ms", "energy_mj"}) {
                TestCost& cost =
                    bench.cost(metric, [metric](const Candidate& c, Context&) { return scored(c, metric, spelt(c)); });
                cost.is_slow = slow;
                cost.likes = 4;
            }
            const std::string name = fmt::format("{} {}", slow, workers);
            CHECK(bench.run(folder / name).state == RunState::finished);
            CHECK(all_results(folder / name) == all_results(folder / "false 1"));
            for (const Part<CostModel>& part : bench.parts.costs) {
                const auto& batches = dynamic_cast<TestCost&>(*part).batches;
                CHECK(std::ranges::max(batches) == (slow ? 4 : 1));
                CHECK(std::accumulate(batches.begin(), batches.end(), std::size_t{0}) == 11);
            }
        }
}

TEST_CASE("known prices are there whatever is forgotten for a batch of new ones", "[batches]")
{
    const auto nth = [](std::size_t n) {
        Architecture one = digits({0, 0, 0, 0, 0, 0, 0});
        for (std::size_t digit = 2; digit < 7; ++digit, n /= 10)
            one.choices[digit] = static_cast<std::uint16_t>(n % 10);
        return one;
    };
    for (const int workers : {1, 2}) {
        const TemporaryFolder folder;
        Bench bench(
            [&](Search& search) {
                std::vector<Architecture> many;
                for (std::size_t i = 0; i < 65'535; ++i)  // with one more there are too many
                    many.push_back(nth(i));
                search.cost(many);
                for (int round = 0; round < 2; ++round)
                    for (const Evaluation& one :
                         search.cost(std::vector{nth(0), nth(70'000), nth(70'001), nth(70'002), nth(1)}))
                        CHECK(one.metrics.contains("latency_ms"));
            },
            7);
        bench.experiment.execution.workers = workers;
        TestCost& cost =
            bench.cost("latency_ms", [](const Candidate& c, Context&) { return scored(c, "latency_ms", 1); });
        cost.likes = 512;
        CHECK(bench.run(folder / "run").sentence.starts_with("no winner"));
        CHECK(cost.calls == 65'538);
    }
}

TEST_CASE("a batch that hangs condemns nobody: resume asks for one at a time and finds who it is", "[batches]")
{
    const TemporaryFolder folder;
    const auto run = [&] {
        Bench bench([&](Search& search) { search.evaluate(twelve()); });
        bench.experiment.timeout_s = 0.02;
        TestEvaluator& evaluator = bench.evaluator([](const Candidate& c, Context&) {
            if (spelt(c) == 130)
                std::this_thread::sleep_for(std::chrono::seconds(60));
            return scored(c, "score", spelt(c));
        });
        evaluator.likes = 6;
        return bench.run(folder / "run").state;
    };
    for (const std::size_t failures : {0U, 1U}) {
        const pid_t child = fork();
        if (child == 0) {
            std::freopen("/dev/null", "w", stderr);
            run();
            _exit(0);
        }
        int status = 0;
        waitpid(child, &status, 0);
        CHECK(WEXITSTATUS(status) == 1);
        std::size_t failed = 0;
        RunStore::read_only(folder / "run").for_each_result([&](const StoredResult& result) {
            failed += result.evaluation.ok() ? 0 : 1;
        });
        CHECK(failed == failures);
    }
    CHECK(run() == RunState::finished);
    for (const StoredEvaluation& row : rows(folder / "run"))
        CHECK(row.evaluation.ok() == (row.evaluation.architecture != digits({1, 3, 0})));
}

TEST_CASE("given architectures are evaluated in batches, too", "[batches]")
{
    Bench bench;
    TestEvaluator& evaluator =
        bench.evaluator([](const Candidate& c, Context&) { return scored(c, "score", spelt(c)); });
    evaluator.likes = 8;
    const auto found = evaluate_only(bench.experiment, bench.parts, twelve(), bench.told, bench.stop);
    CHECK(evaluator.batches == std::vector<std::size_t>{8, 3});
    CHECK(found.at(0).metrics.at("score") == 190);
}

TEST_CASE("one that fails, throws or takes too long does not spoil its batch", "[batches]")
{
    const TemporaryFolder folder;
    const auto run = [&](const std::string& name, std::size_t batch, OnFailure on_failure,
                         const TestEvaluator::Work& work) {
        std::vector<Evaluation> found;
        Bench bench([&](Search& search) { found = search.evaluate(twelve()); });
        bench.experiment.timeout_s = 0.1;
        bench.experiment.on_failure = on_failure;
        bench.experiment.retries = 2;
        TestEvaluator& evaluator = bench.evaluator(work);
        evaluator.likes = batch;
        const RunOutcome outcome = bench.run(folder / fmt::format("{} {}", name, batch));
        return fmt::format("{} {} {}", outcome.sentence, statuses(found),
                           on_failure == OnFailure::retry ? evaluator.calls.load() : 0);
    };
    const auto bad = [](const Candidate& c) { return spelt(c) == 130; };
    const TestEvaluator::Work fails = [&](const Candidate& c, Context&) {
        return bad(c) ? failed({}, "no") : scored(c, "score", 1);
    };
    const TestEvaluator::Work throws = [&](const Candidate& c, Context&) {
        return bad(c) ? throw std::runtime_error("out of memory") : scored(c, "score", 1);
    };
    const TestEvaluator::Work sleeps = [&](const Candidate& c, Context& context) {
        while (bad(c) && !context.stopped())
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        return scored(c, "score", 1);
    };
    CHECK(run("fails", 5, OnFailure::skip, fails) == run("fails", 1, OnFailure::skip, fails));
    CHECK(run("retries", 5, OnFailure::retry, fails) == run("retries", 1, OnFailure::retry, fails));
    CHECK(run("aborts", 5, OnFailure::abort, fails).starts_with("evaluator '' failed for 1,3,0: no"));
    CHECK(run("throws", 5, OnFailure::skip, throws) == run("throws", 1, OnFailure::skip, throws));
    CHECK(run("sleeps", 5, OnFailure::skip, sleeps) == run("sleeps", 1, OnFailure::skip, sleeps));
}

TEST_CASE("a batch has the time of all of its candidates", "[batches]")
{
    const TemporaryFolder folder;
    Bench bench([&](Search& search) {
        for (const Evaluation& e : search.evaluate(twelve()))
            CHECK(e.ok());
    });
    bench.experiment.timeout_s = 0.1;
    TestEvaluator& evaluator = bench.evaluator([](const Candidate& c, Context&) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        return scored(c, "score", spelt(c));
    });
    evaluator.likes = 100;
    bench.run(folder / "run");
    CHECK(evaluator.batches == std::vector<std::size_t>{11});
}

TEST_CASE("who asks for batches has no phase of a candidate", "[batches]")
{
    const TemporaryFolder folder;
    Bench bench([&](Search& search) { search.evaluate(twelve()); });
    bench
        .evaluator([](const Candidate& c, Context& context) {
            std::string text;
            Diary diary(text, 1);
            context.phase("train", diary);
            return scored(c, "score", 1);
        })
        .likes = 4;
    CHECK_THAT(bench.run(folder / "run").sentence, ContainsSubstring("belongs to one candidate"));
}
