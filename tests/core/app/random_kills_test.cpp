// SPDX-License-Identifier: Apache-2.0
// Runs that are killed at random moments, again and again, until they have ended.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <functional>
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

const char* const kLearntCost = R"(name: learnt
space: {use: bits, bits: 7}
evaluator: {use: patient}
costs: [{use: predicted, of: {use: command, script: device.sh}, samples: SAMPLES, confidence: 0.95}]
constraints: [{metric: latency_ms, max: 28}]
objectives: [{metric: ones, goal: max}, {metric: latency_ms, goal: min}]
strategy: {use: nsga2, population: 8}
budget: {evaluations: 24}
)";

/// Takes some hundredths of a second for each answer, and has none for every fifth network. Writes down what it is
/// asked.
const char* const kDevice = R"(#!/bin/sh
set -f
IFS= read -r hello
echo '{"hello":{"protocol":1,"measures":true,"metrics":{"latency_ms":"ms"}}}'
while IFS= read -r request; do
    sleep 0.005
    id=${request#*'"id":'}
    id=${id%%,*}
    choices=${request#*'"choices":['}
    choices=${choices%%]*}
    echo "$choices" >>"${0%/*}/asked"
    sum=0
    place=1
    IFS=,
    for choice in $choices; do
        sum=$((sum + place * choice))
        place=$((place + 1))
    done
    unset IFS
    if [ $((sum % 5)) -eq 2 ]; then
        echo "{\"id\":$id,\"error\":\"too hot\"}"
    else
        echo "{\"id\":$id,\"metrics\":{\"latency_ms\":$((5 + sum + sum * sum / 40)).$((sum * 37 % 10))}}"
    fi
done
)";

using Clock = std::chrono::steady_clock;

std::string with(std::string text, const std::string& word, const std::string& instead)
{
    return text.replace(text.find(word), word.size(), instead);
}

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

/// Kills the run of an experiment at random moments, goes on, and begins anew when it has ended. `after` each kill.
/// @return how many runs have come to their end.
int kill_at_random(
    const Shell& shell, const std::string& experiment, int kills_wanted, espalier::Rng& rng,
    const std::function<void()>& after = [] {})
{
    const std::string start = "run search.yaml --out run --quiet";
    shell.write("search.yaml", experiment);
    std::filesystem::remove_all(shell.folder() / "run");
    const auto started = Clock::now();
    const Outcome whole = shell.espalier(start);
    const std::chrono::duration<double> length = Clock::now() - started;
    CAPTURE(experiment, whole.err);
    REQUIRE(whole.status == 0);
    const std::string expected = picture(shell);
    std::filesystem::remove_all(shell.folder() / "run");
    int ended = 2;
    for (int kills = 0; kills < kills_wanted;) {
        if (killed_after(shell, way_on(shell, start), length * rng.uniform())) {
            ++kills;
            after();
            continue;
        }
        REQUIRE(picture(shell) == expected);
        std::filesystem::remove_all(shell.folder() / "run");
        ++ended;
    }
    REQUIRE(shell.espalier(way_on(shell, start)).status == 0);
    REQUIRE(picture(shell) == expected);
    return ended;
}

void kill_every_strategy(int kills_each)
{
    const Shell shell;
    espalier::Rng rng(1, "kills");
    for (const std::string strategy : kStrategies)
        kill_at_random(shell, with(kSearch, "STRATEGY", strategy), kills_each, rng);
}

/// How many networks a cost that is learnt has been told of, as far as that is saved.
std::size_t learnt_from(const Shell& shell)
{
    std::error_code gone;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(shell.folder() / "run/phases", gone))
        if (entry.path().filename() == "examples.json" &&
            entry.path().string().find("/.saving-") == std::string::npos) {
            const std::string text = shell.read(std::filesystem::relative(entry.path(), shell.folder()).string());
            std::size_t count = 0;
            for (std::size_t at = text.find("\"key\""); at != std::string::npos; at = text.find("\"key\"", at + 1))
                ++count;
            return count;
        }
    return 0;
}

/// A cost that is learnt from a slow device, killed while it learns. The picture of a run has what the model learnt
/// from, the costs that it gave all, and the winners.
void kill_while_learning(std::size_t samples, int kills)
{
    const Shell shell;
    shell.write("device.sh", kDevice);
    std::filesystem::permissions(shell.folder() / "device.sh", std::filesystem::perms::owner_all);
    espalier::Rng rng(2, "kills");
    int while_learning = 0;
    const int ended = kill_at_random(shell, with(kLearntCost, "SAMPLES", std::to_string(samples)), kills, rng, [&] {
        const std::size_t known = learnt_from(shell);
        while_learning += known > 0 && known < samples ? 1 : 0;
    });
    CHECK(learnt_from(shell) == samples);
    const std::string asked = shell.read("asked");
    const auto questions = std::ranges::count(asked, '\n'), needed = ended * static_cast<std::ptrdiff_t>(samples);
    CHECK(questions >= needed);
    CHECK(questions <= needed + kills);  // an answer on its way at a kill is asked for once more, and no other
    CHECK(while_learning > 0);
    WARN(while_learning << " of " << kills << " kills between the first and the last sample");
}

}  // namespace

TEST_CASE("runs killed at random moments end as those that were not", "[random_kills]")
{
    kill_every_strategy(4);
}

TEST_CASE("a thousand kills at random moments change nothing", "[random_kills][slow]")
{
    kill_every_strategy(125);
}

TEST_CASE("a cost model killed while it learns comes to the same model and the same winners", "[random_kills]")
{
    kill_while_learning(40, 8);
}

TEST_CASE("a hundred kills while a cost model learns change nothing", "[random_kills][slow]")
{
    kill_while_learning(100, 100);
}
