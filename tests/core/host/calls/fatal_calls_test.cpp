// SPDX-License-Identifier: Apache-2.0
#include "host/calls/fatal_calls.hpp"

#include <cstdio>
#include <cstdlib>
#include <thread>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "catch.hpp"
#include "core/host/search/search_bench.hpp"
#include "host/plugins/crash.hpp"
#include "host/plugins/plugin_call.hpp"

using namespace espalier;
using namespace espalier::host;
using namespace espalier::test;

TEST_CASE("where several may have ended the process, one worker asks from then on", "[fatal]")
{
    const TemporaryFolder folder;
    const auto all = [](Search& search) {
        search.evaluate(std::vector{digits({1, 1, 1}), digits({2, 2, 2}), digits({3, 3, 3})});
    };
    const pid_t child = fork();
    if (child == 0) {
        const rlimit none{0, 0};
        setrlimit(RLIMIT_CORE, &none);
        REQUIRE(std::freopen("/dev/null", "w", stdout) != nullptr);  // the test's framework reports the signal, too
        tell_of_crashes();
        Bench bench(all);
        bench.experiment.execution.workers = 2;
        std::atomic<int> asked = 0;
        bench.evaluator([&](const Candidate& c, Context&) {
            ++asked;
            while (asked < 2)
                std::this_thread::sleep_for(std::chrono::milliseconds(1));
            std::thread([] { std::abort(); }).join();  // nobody knows for whom
            return scored(c, "score", 1);
        });
        bench.run(folder / "run");
        _exit(0);
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK_FALSE(WIFEXITED(status));
    {
        const RunStore store = RunStore::read_only(folder / "run");
        CHECK(ended_calls(calls_file(store)).size() == 3);  // the strategy waits for two
        CHECK_FALSE(asked_alone(store, ""));
    }
    Bench bench(all);
    bench.experiment.execution.workers = 2;
    std::atomic<int> at_once = 0, most = 0;
    bench.evaluator([&](const Candidate& c, Context&) {
        most = std::max<int>(most, ++at_once);
        std::this_thread::sleep_for(std::chrono::milliseconds(30));
        --at_once;
        return scored(c, "score", 1);
    });
    CHECK(bench.run(folder / "run").state == RunState::finished);
    CHECK(most == 1);
    const RunStore store = RunStore::read_only(folder / "run");
    CHECK(asked_alone(store, ""));
    store.for_each_result([](const StoredResult& result) { CHECK(result.evaluation.ok()); });
    CHECK_FALSE(std::filesystem::exists(calls_file(store)));
}

TEST_CASE("a file of calls that is damaged blames nobody", "[fatal]")
{
    const TemporaryFolder folder;
    const auto file = folder / "calls";
    std::string bytes;
    {
        const CallsFile calls(file, 2);
        const std::vector<std::uint16_t> choices{1, 2, 3};
        const PluginCall outer("strategy 'x'", "searches");
        const PluginCall inner("evaluator 'y'", "is asked about", {"evaluator", 4, 1, "a key", choices});
        const std::vector<EndedCall> whole = ended_calls(file);
        REQUIRE(whole.size() == 1);
        CHECK(whole[0].who == "evaluator 'y'");
        CHECK(whole[0].key == "a key");
        CHECK(whole[0].choices == choices);
        CHECK(whole[0].round == 4);
        CHECK(whole[0].how.empty());
        std::ifstream stream(file, std::ios::binary);
        bytes.assign(std::istreambuf_iterator<char>(stream), {});
    }
    CHECK_FALSE(std::filesystem::exists(file));
    CHECK(ended_calls(file).empty());
    Rng rng(1, "damage");
    for (int i = 0; i < 2000; ++i) {
        std::string damaged = bytes.substr(0, i % 3 == 0 ? rng.below(bytes.size()) : bytes.size());
        for (int flip = 0; flip < 4 && !damaged.empty(); ++flip)
            damaged[rng.below(std::min<std::size_t>(damaged.size(), 200))] ^= static_cast<char>(1 << rng.below(8));
        folder.write("calls", damaged);
        for (const EndedCall& call : ended_calls(file))
            CHECK(call.key.size() + call.who.size() + 2 * call.choices.size() < sizeof(CallSlot));
    }
}
