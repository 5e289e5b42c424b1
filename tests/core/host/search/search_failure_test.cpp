// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <cmath>
#include <csignal>
#include <thread>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "catch.hpp"
#include "search_bench.hpp"

using namespace espalier;
using namespace espalier::host;
using namespace espalier::test;

namespace {

/// Evaluates 1 1 1, then 2 2 2; keeps what came back.
std::function<void(Search&)> two(std::vector<Evaluation>& found)
{
    return [&found](Search& search) { found = search.evaluate(std::vector{digits({1, 1, 1}), digits({2, 2, 2})}); };
}

bool unlucky(const Candidate& c)
{
    return spelt(c) < 200;
}

}  // namespace

TEST_CASE("a candidate that cannot be evaluated is a value, and the search goes on", "[search]")
{
    const TemporaryFolder folder;
    std::vector<Evaluation> found;
    Bench bench(two(found));
    std::string reason;
    SECTION("as a value")
    {
        reason = "line 7 is empty";
        bench.evaluator([](const Candidate& c, Context&) {
            return unlucky(c) ? failed(c.architecture(), "line 7 is empty") : scored(c, "score", 1);
        });
    }
    SECTION("as an exception")
    {
        reason = "out of memory";
        bench.evaluator([](const Candidate& c, Context&) {
            return unlucky(c) ? throw std::runtime_error("out of memory") : scored(c, "score", 1);
        });
    }
    SECTION("as a number that is none")
    {
        reason = "metric score is not a number";
        bench.evaluator([](const Candidate& c, Context&) { return scored(c, "score", unlucky(c) ? std::nan("") : 1); });
    }
    for (const int workers : {1, 2}) {
        const auto directory = folder / std::to_string(workers);
        bench.experiment.execution.workers = workers;
        CHECK(bench.run(directory).state == RunState::finished);
        REQUIRE(found.size() == 2);
        CHECK(found[0] == failed(digits({1, 1, 1}), reason));
        CHECK(found[1].ok());
        CHECK(rows(directory)[0].evaluation == found[0]);
    }
}

TEST_CASE("a failing cost fails the architecture without asking the evaluator", "[search]")
{
    const TemporaryFolder folder;
    std::vector<Evaluation> found;
    Bench bench(two(found));
    bench.cost("latency_ms", [](const Candidate& c, Context&) {
        return unlucky(c) ? failed({}, "no latency") : scored(c, "latency_ms", 1);
    });
    auto& evaluator = bench.evaluator([](const Candidate& c, Context&) { return scored(c, "score", 1); });
    bench.run(folder / "run");
    CHECK(found[0].reason == "no latency");
    CHECK(evaluator.calls == 1);
}

TEST_CASE("retry asks again as often as it says", "[search]")
{
    for (const int unlucky_calls : {2, 3}) {
        const TemporaryFolder folder;
        std::vector<Evaluation> found;
        Bench bench(two(found));
        int failures = unlucky_calls;
        const bool enough = failures <= 2;
        auto& evaluator = bench.evaluator([&](const Candidate& c, Context&) {
            return unlucky(c) && failures-- > 0 ? throw std::runtime_error("flaky") : scored(c, "score", 1);
        });
        bench.experiment.on_failure = OnFailure::retry;
        bench.experiment.retries = 2;
        bench.run(folder / "run");
        CHECK(found[0].ok() == enough);
        CHECK(evaluator.calls == 4);
    }
}

TEST_CASE("abort ends the run at the first failure, and the failure is tried again by resume", "[search]")
{
    const TemporaryFolder folder;
    std::vector<Evaluation> found;
    bool broken = true;
    const auto once = [&] {
        Bench bench(two(found));
        bench.experiment.on_failure = OnFailure::abort;
        bench.evaluator([&](const Candidate& c, Context&) {
            return !unlucky(c) && broken ? failed({}, "the cable is loose") : scored(c, "score", 1);
        });
        return bench.run(folder / "run");
    };
    const RunOutcome outcome = once();
    CHECK(outcome.state == RunState::failed);
    CHECK_THAT(outcome.sentence, ContainsSubstring("evaluator") && ContainsSubstring("the cable is loose"));
    CHECK_THAT(outcome.sentence, ContainsSubstring("failed for 2,2,2: "));  // as the space writes it, not its key
    CHECK(rows(folder / "run").size() == 1);
    broken = false;
    CHECK(once().state == RunState::finished);
    CHECK(rows(folder / "run").size() == 2);
}

TEST_CASE("a failure is recorded: the resumed run asks nobody again", "[search]")
{
    for (const int workers : {1, 2}) {
        const TemporaryFolder folder;
        int failures = 0;
        for (const bool again : {false, true}) {
            Bench bench([&](Search& search) {
                CHECK(search.evaluate(std::vector{digits({1, 1, 1})}).front().reason == "no");
                bench.stop = !again;
                search.evaluate(std::vector{digits({2, 2, 2})});
            });
            bench.experiment.execution.workers = workers;
            bench.evaluator([&](const Candidate& c, Context&) {
                failures += spelt(c) == 111 ? 1 : 0;
                return spelt(c) == 111 ? failed({}, "no") : scored(c, "score", 1);
            });
            CHECK(bench.run(folder / "run").state == (again ? RunState::finished : RunState::interrupted));
        }
        CHECK(failures == 1);
        std::size_t recorded = 0;
        RunStore::read_only(folder / "run").for_each_result([&](const StoredResult& result) {
            recorded += result.evaluation.reason == "no" ? 1 : 0;
        });
        CHECK(recorded == 1);
    }
}

TEST_CASE("an Error says that nothing can be evaluated: the run ends and can be resumed", "[search]")
{
    for (const int workers : {1, 2}) {
        const TemporaryFolder folder;
        std::vector<Evaluation> found;
        bool gone = true;
        const auto once = [&](int count) {
            Bench bench(two(found));
            bench.experiment.execution.workers = count;
            bench.evaluator([&](const Candidate& c, Context&) {
                return gone ? throw Error("data.csv is gone") : scored(c, "score", 1);
            });
            return bench.run(folder / "run");
        };
        const RunOutcome outcome = once(workers);
        CHECK(outcome.state == RunState::failed);
        CHECK_THAT(outcome.sentence, ContainsSubstring("data.csv is gone"));
        gone = false;
        CHECK(once(1).state == RunState::finished);
    }
}

namespace {

/// Says nothing, whatever it is asked.
class Silent final : public Evaluator {
public:
    std::vector<std::string> metrics() const override { return {"score"}; }
    std::vector<Evaluation> evaluate(std::span<const Candidate>, Context&) override { return {}; }
};

}  // namespace

TEST_CASE("who gives less than an evaluation for each candidate ends the run", "[search]")
{
    const TemporaryFolder folder;
    std::vector<Evaluation> found;
    Bench bench(two(found));
    bench.parts.evaluator.component = std::make_unique<Silent>();
    const RunOutcome outcome = bench.run(folder / "run");
    CHECK(outcome.state == RunState::failed);
    CHECK_THAT(outcome.sentence, ContainsSubstring("gave 0 evaluations for 1 candidates"));
}

TEST_CASE("what a strategy throws names the strategy", "[search]")
{
    const TemporaryFolder folder;
    Bench bench([](Search& search) {
        search.submit(digits({1, 1, 1}));
        throw std::out_of_range("index 3");
    });
    bench.parts.strategy.name = "recipe";
    bench.experiment.execution.workers = 2;
    CHECK(bench.run(folder / "run").sentence == "strategy 'recipe': index 3");
}

TEST_CASE("an evaluation that takes too long is a recorded failure", "[search]")
{
    enum class How { returning, throwing, deaf };
    for (const How how : {How::returning, How::throwing, How::deaf}) {
        const TemporaryFolder folder;
        std::vector<Evaluation> found;
        const auto once = [&] {
            Bench bench(two(found));
            bench.experiment.timeout_s = 0.05;
            bench.experiment.on_failure = OnFailure::retry;
            bench.experiment.retries = 3;  // not for time-outs
            auto& evaluator = bench.evaluator([&](const Candidate& c, Context& context) {
                const auto begin = std::chrono::steady_clock::now();
                while (unlucky(c) && std::chrono::steady_clock::now() - begin < std::chrono::milliseconds(120))
                    if (how != How::deaf && context.stopped()) {
                        if (how == How::throwing)
                            throw Error("cut short");
                        return failed({}, "cut short");
                    }
                return scored(c, "score", 1);
            });
            CHECK(bench.run(folder / "run").state == RunState::finished);
            return evaluator.calls.load();
        };
        CHECK(once() == 2);
        CHECK(found[0].reason == "time-out after 0.05 s");
        CHECK(found[1].ok());
        CHECK(rows(folder / "run")[0].evaluation.reason == "time-out after 0.05 s");
    }
}

TEST_CASE("who ignores its time-out is named, the process ends, and resume goes on behind it", "[search]")
{
    for (const int workers : {1, 2}) {
        const TemporaryFolder folder;
        std::vector<Evaluation> found;
        const auto once = [&] {
            Bench bench(two(found));
            bench.experiment.timeout_s = 0.02;
            bench.experiment.execution.workers = workers;
            bench.evaluator([&](const Candidate& c, Context&) {
                if (!unlucky(c))
                    std::this_thread::sleep_for(std::chrono::seconds(60));
                return scored(c, "score", 1);
            });
            bench.parts.evaluator.name = "sleeper";
            return bench.run(folder / "run").state;
        };
        int ends[2];
        REQUIRE(pipe(ends) == 0);
        const pid_t child = fork();
        if (child == 0) {
            dup2(ends[1], STDERR_FILENO);
            once();
            _exit(0);
        }
        close(ends[1]);
        std::string said(1000, '\0');
        said.resize(static_cast<std::size_t>(std::max<ssize_t>(read(ends[0], said.data(), said.size()), 0)));
        close(ends[0]);
        int status = 0;
        waitpid(child, &status, 0);
        CHECK(WIFEXITED(status));
        CHECK(WEXITSTATUS(status) == 1);
        CHECK_THAT(said, ContainsSubstring("evaluator 'sleeper' ignores its time-out") &&
                             ContainsSubstring("(candidate 2,2,2)"));
        CHECK(once() == RunState::finished);
        REQUIRE(found.size() == 2);
        CHECK_THAT(found[1].reason, ContainsSubstring("time-out after 0.02 s"));
    }
}

TEST_CASE("a file that cannot be written ends the run in a sentence", "[search]")
{
    const TemporaryFolder folder;
    Bench bench(random_search());
    bench.experiment.budget.evaluations = 300;
    RunStore store = RunStore::create(folder / "run", "");
    bench.evaluator([&](const Candidate& c, Context&) {
        std::filesystem::create_directories(folder / "run" / "winners.json");  // the report cannot be written
        return scored(c, "score", spelt(c));
    });
    const RunOutcome outcome = bench.run(store);
    CHECK(outcome.state == RunState::failed);
    CHECK_THAT(outcome.sentence, ContainsSubstring("winners.json") && ContainsSubstring("cannot be written"));
    CHECK(store.evaluations() >= 300);
}

TEST_CASE("a full disk ends the run in a sentence, whoever finds it full", "[search]")
{
    for (const int workers : {1, 3}) {
        const TemporaryFolder folder;
        const pid_t child = fork();
        if (child == 0) {
            signal(SIGXFSZ, SIG_IGN);
            std::atomic<int> begun = 0;
            Bench bench(random_search(6));
            bench.experiment.execution.workers = workers;
            bench.evaluator([&](const Candidate& c, Context&) {
                if (++begun == 8) {
                    const rlimit nothing_more{1, 1};
                    setrlimit(RLIMIT_FSIZE, &nothing_more);
                }
                std::this_thread::sleep_for(std::chrono::milliseconds(30));  // worth a commit of its own
                return scored(c, "score", spelt(c));
            });
            const RunOutcome outcome = bench.run(folder / "run");
            _exit(outcome.state == RunState::failed && outcome.sentence.find("run.db") != std::string::npos ? 7 : 8);
        }
        int status = 0;
        waitpid(child, &status, 0);
        CHECK(WIFEXITED(status));
        CHECK(WEXITSTATUS(status) == 7);
    }
}
