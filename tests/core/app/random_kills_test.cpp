// SPDX-License-Identifier: Apache-2.0
// Runs that are killed at random moments, again and again, until they have ended.
#include <chrono>
#include <csignal>
#include <thread>

#include "espalier/rng.hpp"

#include "catch.hpp"
#include "stopped_run.hpp"

namespace {

const char* const kSearch = R"(name: search
space: {use: bits, bits: 7}
evaluator: {use: patient, delay_ms: 2, lessons: 5}
costs: [{use: size}]
objectives: [{metric: ones, goal: max}, {metric: size_kib, goal: min}]
strategy: {use: STRATEGY}
execution: {workers: 2}
budget: {evaluations: 40}
final: [{use: taste, saves: true}]
)";

const char* const kStrategies[] = {"random",
                                   "local_search",
                                   "nsga2, population: 8",
                                   "moead, population: 8",
                                   "c_taea, population: 8",
                                   "motpe",
                                   "linas, population: 8, inner_evaluations: 100",
                                   "one_shot_predictor, samples: 20, inner_evaluations: 100"};

using Clock = std::chrono::steady_clock;

/// @return whether it was killed before it ended.
bool killed_after(const Shell& shell, const std::string& arguments, std::chrono::duration<double> time)
{
    const pid_t child = shell.start(arguments);
    std::this_thread::sleep_for(time);
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    CAPTURE(arguments, shell.read(".err"));
    CHECK((WIFSIGNALED(status) || WEXITSTATUS(status) == 0));
    return WIFSIGNALED(status);
}

void kill_at_random(int kills_each)
{
    const Shell shell;
    const std::string start = "run search.yaml --out run --quiet";
    espalier::Rng rng(1, "kills");
    for (const std::string strategy : kStrategies) {
        std::string text = kSearch;
        shell.write("search.yaml", text.replace(text.find("STRATEGY"), 8, strategy));
        std::filesystem::remove_all(shell.folder() / "run");
        const auto started = Clock::now();
        const Outcome whole = shell.espalier(start);
        const std::chrono::duration<double> length = Clock::now() - started;
        CAPTURE(strategy, whole.err);
        REQUIRE(whole.status == 0);
        const std::string expected = picture(shell);
        std::filesystem::remove_all(shell.folder() / "run");
        for (int kills = 0; kills < kills_each;) {
            if (killed_after(shell, way_on(shell, start), length * rng.uniform())) {
                ++kills;
                continue;
            }
            REQUIRE(picture(shell) == expected);
            std::filesystem::remove_all(shell.folder() / "run");
        }
        REQUIRE(shell.espalier(way_on(shell, start)).status == 0);
        REQUIRE(picture(shell) == expected);
    }
}

}  // namespace

TEST_CASE("runs killed at random moments end as those that were not", "[random_kills]")
{
    kill_at_random(4);
}

TEST_CASE("a thousand kills at random moments change nothing", "[random_kills][slow]")
{
    kill_at_random(125);
}
