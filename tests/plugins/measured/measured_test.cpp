// SPDX-License-Identifier: Apache-2.0
#include "measured.hpp"

#include <atomic>
#include <cstdlib>
#include <map>
#include <thread>

#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include "espalier/error.hpp"
#include "espalier/run_log.hpp"
#include "espalier/sdk/conformance.hpp"

#include "measuring_lock.hpp"
#include "pinned.hpp"
#include "toys/quiet.hpp"
#include "toys/temporary_folder.hpp"
#include "toys/toy_embedding.hpp"
#include "toys/toy_space.hpp"
// clang-format off: after LibTorch, which has a CHECK of its own
#include "catch.hpp"
// clang-format on

using namespace espalier;
using measured::Measured;

namespace {

using espalier::test::Quiet;

Network convolutions(int count, double channels)
{
    Network network;
    std::size_t x = network.add(Op::input, {}, {{"shape", {channels, 32, 32}}});
    for (int i = 0; i < count; ++i)
        x = network.add(Op::conv, {x}, {{"out", {channels}}, {"kernel", {3}}}, "c" + std::to_string(i));
    return network;
}

/// One decision: how many convolutions.
class Depths final : public ToySpace {
public:
    Depths() : ToySpace({{"depth", {"1", "2", "3"}}}) {}
    Network network(const Region& region) const override { return convolutions(region.options(0).front() + 1, 4); }
};

class Logged final : public Context, public RunLog {
public:
    bool stopped() const override { return false; }
    void note(std::string_view series, double value) override { notes.emplace(series, value); }
    void phase(std::string_view, Phase&) override {}
    void log(std::string_view line) override { lines.emplace_back(line); }
    void warn(std::string_view line) override { warnings.emplace_back(line); }
    std::multimap<std::string, double> notes;
    std::vector<std::string> lines, warnings;
};

Evaluation measure(const Network& network, Measured::Options options = {})
{
    Measured model(options, Setup{});
    Quiet context;
    const Candidate candidate(network);
    return model.evaluate(std::span(&candidate, 1), context).at(0);
}

}  // namespace

TEST_CASE("a larger network takes longer, and a larger batch too", "[measured]")
{
    const Evaluation small = measure(convolutions(1, 16), {.relative_error = 0.1});
    const Evaluation large = measure(convolutions(16, 16), {.relative_error = 0.1});
    const Evaluation batch = measure(convolutions(1, 16), {.batch = 32, .relative_error = 0.1});
    REQUIRE(small.ok());
    CHECK(small.metrics.at("latency_ms") > 0);
    CHECK(large.metrics.at("latency_ms") > 4 * small.metrics.at("latency_ms"));
    CHECK(batch.metrics.at("latency_ms") > 4 * small.metrics.at("latency_ms"));
    CHECK(small.metrics.at("latency_repetitions") >= 20);
}

TEST_CASE("every metric that is announced is given, under the name asked for", "[measured]")
{
    const Measured model({.as = "cpu_ms"}, Setup{});
    CHECK(model.measures());
    const Evaluation e = measure(convolutions(1, 4), {.as = "cpu_ms"});
    std::vector<std::string> given;
    for (const auto& [name, value] : e.metrics)
        given.push_back(name);
    std::vector<std::string> announced = model.metrics();
    std::sort(announced.begin(), announced.end());
    CHECK(given == announced);
    CHECK(given.front() == "cpu_ms");
    const MeasuringConditions conditions = Measured({.batch = 2, .threads = 3}, Setup{}).conditions();
    CHECK(!conditions.processor.empty());
    CHECK(conditions.runtime.starts_with("LibTorch 2"));
    CHECK(conditions.batch == 2);
    CHECK(conditions.threads == 3);
}

TEST_CASE("a measurement that time ended is marked", "[measured]")
{
    const Measured::Options hasty{.repetitions = 3, .relative_error = 1e-4, .confidence = 0.9999, .max_seconds = 0.01};
    CHECK(measure(convolutions(4, 32), hasty).metrics.at("latency_unsettled") == 1);
    const Measured::Options patient{.relative_error = 0.5, .max_seconds = 60};
    CHECK(measure(convolutions(4, 32), patient).metrics.at("latency_unsettled") == 0);
}

TEST_CASE("networks of whole numbers are measured on numbers that the data may have", "[measured]")
{
    class Words final : public Data {
    public:
        std::vector<Input> inputs() const override { return {{"words", {6}, 3}}; }
        Shape output() const override { return {6, 2}; }
    };
    const Words words;
    Setup setup;
    setup.data = &words;
    Network network;
    add_toy_embedding(network, network.add(Op::input, {}, {{"shape", {6}}}), 3, 2, "table");
    const Candidate candidate(network);
    Quiet context;
    Measured model({.batch = 50}, setup);
    CHECK(model.evaluate(std::span(&candidate, 1), context).at(0).reason == "");
    Measured without({.batch = 50}, Setup{});
    CHECK(without.evaluate(std::span(&candidate, 1), context).at(0).status == Status::failed);
}

TEST_CASE("the machine is noted once", "[measured]")
{
    Measured model({.relative_error = 1}, Setup{});
    Quiet context;
    const std::vector<Candidate> candidates(2, Candidate(convolutions(1, 4)));
    model.evaluate(candidates, context);
    REQUIRE(context.notes.size() == 3);
    CHECK(context.notes.count("latency load") == 2);  // of each record
    const auto& [machine, threads] = *std::prev(context.notes.end());
    CHECK(machine.starts_with("latency_ms on "));
    CHECK_THAT(machine, ContainsSubstring("LibTorch 2"));
    CHECK(threads == 1);
}

TEST_CASE("a network that cannot run is a failure, and so is one that is stopped", "[measured]")
{
    Network strange;
    strange.add_custom("mystery", {strange.add(Op::input, {}, {{"shape", {4}}})}, {4});
    const Evaluation e = measure(strange);
    CHECK(e.status == Status::failed);
    CHECK_THAT(e.reason, ContainsSubstring("mystery"));

    Measured model({}, Setup{});
    Quiet context;
    context.stop = true;
    const Candidate candidate(convolutions(1, 4));
    CHECK(model.evaluate(std::span(&candidate, 1), context).at(0).status == Status::failed);
}

TEST_CASE("metrics that are no milliseconds and devices that are not here are refused", "[measured]")
{
    CHECK_THROWS_WITH(Measured({.as = "latency"}, Setup{}), ContainsSubstring("must end in _ms"));
    CHECK_THROWS_WITH(Measured({.device = "toaster"}, Setup{}), ContainsSubstring("no device 'toaster'"));
}

TEST_CASE("networks are measured on the experiment's device unless another one is given", "[measured]")
{
    Setup elsewhere;
    elsewhere.execution.devices = {"cpu", "cuda:99"};
    try {
        const Measured model({}, elsewhere);
        FAIL("made");
    } catch (const ExecutionError& error) {
        CHECK(error.option() == "device.1");
        CHECK_THAT(error.what(), ContainsSubstring("no device 'cuda:99'"));
    }
    elsewhere.execution.device = "cuda:98";
    elsewhere.execution.devices = {"cuda:98"};
    CHECK_THROWS_WITH(Measured({}, elsewhere), ContainsSubstring("no device 'cuda:98'"));
    CHECK_NOTHROW(Measured({.device = "cpu"}, elsewhere));
}

TEST_CASE("the cost model conforms to what cost models promise", "[measured]")
{
    const Depths space;
    Measured model({.warm_up = 1, .repetitions = 3, .relative_error = 1}, Setup{});
    CHECK(conformance::check_cost_model(model, conformance::random_candidates(space, 4)) == conformance::Violations{});
}

TEST_CASE("processes measure one after the other", "[measured]")
{
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    const pid_t child = fork();
    if (child == 0) {
        const measured::MeasuringLock lock("test", [] { return false; });
        const bool told = write(ends[1], "x", 1) == 1;
        usleep(300'000);
        _exit(told && lock.held() ? 0 : 1);
    }
    char sign = 0;
    REQUIRE(read(ends[0], &sign, 1) == 1);
    CHECK_FALSE(measured::MeasuringLock("test", [] { return true; }).held());
    CHECK(measured::MeasuringLock("another", [] { return true; }).held());
    {
        const TemporaryFolder elsewhere;
        ::setenv("TMPDIR", elsewhere.path().c_str(), 1);
        CHECK_FALSE(measured::MeasuringLock("test", [] { return true; }).held());
        ::unsetenv("TMPDIR");
    }
    const measured::MeasuringLock lock("test", [] { return false; });
    CHECK(lock.held());
    int status = 1;
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(status == 0);
}

TEST_CASE("cores that this process may not use are refused", "[measured]")
{
    CHECK_THROWS_WITH(Measured({.cores = {0, 99'999}}, Setup{}), ContainsSubstring("core 99999 is not one"));
    cpu_set_t before, after;
    REQUIRE(sched_getaffinity(0, sizeof before, &before) == 0);
    int first = 0;
    while (!CPU_ISSET(static_cast<std::size_t>(first), &before))
        ++first;
    CHECK(measure(convolutions(1, 4), {.cores = {first}}).ok());
    REQUIRE(sched_getaffinity(0, sizeof after, &after) == 0);
    CHECK(CPU_EQUAL(&before, &after));
}

TEST_CASE("where the machine has become slower, results are what they were before", "[measured]")
{
    cpu_set_t all;
    REQUIRE(sched_getaffinity(0, sizeof all, &all) == 0);
    int core = 0;
    while (!CPU_ISSET(static_cast<std::size_t>(core), &all))
        ++core;
    Measured model({.repetitions = 5, .anchor_every = 1, .cores = {core}, .relative_error = 0.2, .max_seconds = 3},
                   Setup{});
    Logged context;
    const Candidate candidate(convolutions(40, 64));  // longer than a turn of the scheduler
    const double before = model.evaluate(std::span(&candidate, 1), context).at(0).metrics.at("latency_ms");
    const Candidate between(convolutions(1, 4));
    model.evaluate(std::span(&between, 1), context);  // after this one the first is measured again
    CHECK(context.notes.count("latency anchor, moved by a factor of") == 0);
    std::atomic<bool> stop = false;
    std::vector<std::thread> others;
    for (int i = 0; i < 3; ++i)
        others.emplace_back([&] {
            const measured::Pinned here({core});
            while (!stop) {
            }
        });
    const double after = model.evaluate(std::span(&candidate, 1), context).at(0).metrics.at("latency_ms");
    stop = true;
    for (std::thread& other : others)
        other.join();
    const auto moved = context.notes.find("latency anchor, moved by a factor of");
    REQUIRE(moved != context.notes.end());
    CHECK(moved->second > 1.5);
    CHECK(after < before * moved->second / 1.2);
    CHECK(context.lines.empty());
    REQUIRE(context.warnings.size() == 1);
    CHECK_THAT(context.warnings[0], Catch::Matchers::StartsWith("the anchor network takes "));
}
