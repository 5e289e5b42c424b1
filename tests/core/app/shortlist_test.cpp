// SPDX-License-Identifier: Apache-2.0
#include <csignal>
#include <thread>

#include "catch.hpp"
#include "shell.hpp"

namespace {

/// Seven of the eight trees have a taste; the search knows only how many ones they have.
const char* const kShort = R"(name: short
space: {use: bits, bits: 3}
evaluator: {use: patient}
objectives: [{metric: ones, goal: max}]
strategy: {use: exhaustive}
winners: {keep: 4, by: sweet}
final: [{use: table, file: tastes.csv, column: sweet, as: sweet}]
)";

/// Fills a shell.
void add_tastes(const Shell& shell)
{
    shell.write("tastes.csv",
                "arch,sweet\n\"0,0,0\",9\n\"1,0,0\",2\n\"0,1,0\",3\n\"0,0,1\",3\n"
                "\"1,1,0\",4\n\"1,0,1\",6\n\"0,1,1\",\n\"1,1,1\",5\n");
    shell.write("short.yaml", kShort);
}

const std::string kResults =
    "winner,architecture,key,ones,sweet,note\n"
    "best,\"1,0,1\",1 0 1,2,6,\n"
    "runner-up-1,\"1,1,1\",1 1 1,3,5,\n"
    "runner-up-2,\"1,1,0\",1 1 0,2,4,\n"
    "runner-up-3,\"0,1,1\",0 1 1,2,,";  // has no taste

}  // namespace

TEST_CASE("final decides among the best of a search", "[command]")
{
    const Shell shell;
    add_tastes(shell);
    const Outcome run = shell.espalier("run short.yaml --out run");
    REQUIRE(run.status == 0);
    CHECK_THAT(run.out, Catch::Matchers::StartsWith("winner best: 1,0,1\n") && !ContainsSubstring("1,1,0") &&
                            ContainsSubstring("... and 3 others of the shortlist, of which it is the best\n"));
    CHECK_THAT(shell.espalier("results run --format csv").out, Catch::Matchers::StartsWith(kResults));
    CHECK_THAT(shell.read("run/winners.json"),
               ContainsSubstring("\"runner_up\": true") && ContainsSubstring("\"sweet\": 6"));
    CHECK_THAT(shell.read("run/experiment.yaml"), ContainsSubstring("winners: {keep: 4, by: sweet, goal: max}"));
    CHECK(shell.espalier("resume run").status == 0);
    CHECK_THAT(shell.espalier("results run --format csv").out, Catch::Matchers::StartsWith(kResults));

    // the other way round, and of fewer trees than there are
    REQUIRE(shell.espalier("run short.yaml --out sour --set winners.goal=min --set winners.keep=100").status == 0);
    CHECK_THAT(shell.espalier("results sour --format csv").out,
               ContainsSubstring("best,\"1,0,0\",1 0 0,1,2") && ContainsSubstring("runner-up-7,\"0,1,1\""));
}

TEST_CASE("runners-up are in no mean over seeds", "[command]")
{
    const Shell shell;
    add_tastes(shell);
    REQUIRE(shell.espalier("run short.yaml --out seeds --seeds 1..2").status == 0);
    CHECK_THAT(shell.espalier("results seeds --format csv").out, ContainsSubstring("\nsweet,6,0,2\n"));
    CHECK_THAT(shell.espalier("results seeds --each --format csv").out, ContainsSubstring("seed-2,runner-up-3,"));
}

TEST_CASE("trained weights belong to the network that final chose", "[command]")
{
    const Shell shell;
    add_tastes(shell);
    REQUIRE(shell
                .espalier("run short.yaml --out run --set 'final=[{use: taste, saves: true}]' "
                          "--set winners.by=taste --set winners.goal=min")
                .status == 0);
    CHECK_THAT(shell.espalier("results run --format csv").out,
               ContainsSubstring("\nbest,\"1,1,0\",1 1 0,2,3,winners/best\n") &&
                   ContainsSubstring("\nrunner-up-3,\"1,1,1\",1 1 1,3,7,winners/runner-up-3\n"));
    CHECK(shell.read("run/winners/best/weights") == "1 1 0");
    CHECK(shell.read("run/winners/runner-up-3/weights") == "1 1 1");
}

TEST_CASE("a run that is killed while final decides ends as if it had not been", "[command]")
{
    const Shell shell;
    add_tastes(shell);
    const std::string slow = " --set 'final=[{use: patient, delay_ms: 300}]' --set winners.by=ones";
    REQUIRE(shell.espalier("run short.yaml --out whole" + slow).status == 0);
    const pid_t child = shell.start("run short.yaml --out run" + slow);
    std::this_thread::sleep_for(std::chrono::milliseconds(900));
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    if (!std::filesystem::exists(shell.folder() / "run" / "run.db")) {
        WARN("skipped: the machine was too slow to begin in time");
        return;
    }
    REQUIRE(shell.espalier("resume run").status == 0);
    CHECK(shell.read("run/winners.json") == shell.read("whole/winners.json"));
}

TEST_CASE("what a shortlist asks for is checked with the file", "[command]")
{
    const Shell shell;
    add_tastes(shell);
    const auto refused = [&](const std::string& change, const std::string& sentence) {
        const Outcome outcome = shell.espalier("check short.yaml --set '" + change + "'");
        CHECK(outcome.status == 2);
        CHECK_THAT(outcome.err, ContainsSubstring(sentence));
        CHECK(std::ranges::count(outcome.err, '\n') == 1);
    };
    refused("winners.by=sweat",
            "winners.by: nothing in `final` gives the metric 'sweat'; did you mean 'sweet'?; "
            "given there: sweet (from 'final.0')");
    refused("winners.by=ones", "winners.by: nothing in `final` gives the metric 'ones'");
    refused("final=[]", "winners.by: nothing gives 'sweet' after the search: `final` names the components that do");
    CHECK_THAT(shell.espalier("check short.yaml --set 'winners={keep: 2, by: ones, goal: min}'").err,
               ContainsSubstring("winners: has the goal min, and the objective of the same metric has the other one"));
    refused("winners={keep: 0, by: sweet}", "winners: keep: 0 is out of range; allowed: a whole number at least 1");
    refused("winners={by: sweet}", "winners: 'keep' is missing");
    const Shell garbled(ESPALIER_BINARY_DIR "/tests/app/garbled:" ESPALIER_BINARY_DIR "/tests/app/plugins");
    add_tastes(garbled);
    const Outcome announced = garbled.espalier("run short.yaml --out run --set 'strategy={use: names}'");
    CHECK(announced.status == 2);
    CHECK_THAT(announced.err, ContainsSubstring("winners: the strategy 'names' says itself what its winners are"));
    shell.write("two.yaml", std::string(kShort) + "costs: [{use: size}]\n");
    const Outcome two =
        shell.espalier("check two.yaml --set 'objectives=[{metric: ones, goal: max}, {metric: size_kib, goal: min}]'");
    CHECK(two.status == 2);
    CHECK_THAT(two.err, ContainsSubstring("two.yaml:6:10: winners: keeps the best by one objective or a reward, and "
                                          "this experiment has 2 objectives"));
}
