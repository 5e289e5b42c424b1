// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <csignal>
#include <thread>

#include "catch.hpp"
#include "shell.hpp"

TEST_CASE("runs tells what runs there are, and how far they are", "[command]")
{
    const Shell shell;
    shell.write("orchard.yaml", kOrchard);
    REQUIRE(shell.espalier("run orchard.yaml --quiet").status == 0);
    REQUIRE(shell.espalier("run orchard.yaml --quiet --out runs/seeds --seeds 1..2").status == 0);
    const pid_t child = shell.start(
        "run orchard.yaml --quiet --out runs/slow --set space.bits=10 --set evaluator.delay_ms=200 --set "
        "budget.evaluations=200 --set strategy.in_flight=1");
    std::string listed;
    for (int i = 0; i < 100 && listed.find("runs/slow,running,") == std::string::npos; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        listed = shell.espalier("runs --format csv").out;
    }
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    CHECK_THAT(listed, Catch::Matchers::StartsWith("run,state,done,budget,") &&
                           ContainsSubstring("\nruns/orchard,finished,8,,") &&
                           ContainsSubstring("\nruns/seeds/seed-2,finished,8,,") &&
                           ContainsSubstring("\nruns/slow,running,"));
    listed = shell.espalier("runs runs --format csv").out;
    CHECK_THAT(listed, ContainsSubstring("\nruns/slow,interrupted,") && ContainsSubstring(",ones,3,"));
    CHECK_THAT(shell.espalier("runs runs/orchard").out, ContainsSubstring("finished"));

    std::filesystem::create_directory(shell.folder() / "runs/damaged");
    shell.write("runs/damaged/run.db", "no database");
    const Outcome damaged = shell.espalier("runs");
    CHECK(damaged.status == 1);
    CHECK_THAT(damaged.err, ContainsSubstring("runs/damaged"));
    CHECK_THAT(damaged.out, ContainsSubstring("runs/orchard"));
    CHECK(shell.espalier("runs nowhere").status == 2);
}

TEST_CASE("curves prints what was noted, as numbers and as a picture", "[command]")
{
    const Shell shell(ESPALIER_BINARY_DIR "/tests/app/plugins:" ESPALIER_BINARY_DIR "/lib/espalier/plugins");
    shell.write("orchard.yaml", kOrchard);
    REQUIRE(shell
                .espalier("run orchard.yaml --quiet --out noted --set space.bits=8 --set 'strategy={use: linas, "
                          "population: 10, inner_evaluations: 100}' --set budget.evaluations=40 --set 'objectives=["
                          "{metric: ones, goal: max}, {metric: size_kib, goal: min}]'")
                .status == 0);
    const std::string notes = shell.espalier("results noted --notes --format csv").out;
    const std::size_t second = notes.find('\n') + 1;
    const std::string series = notes.substr(second, notes.find(',', second) - second);
    const Outcome all = shell.espalier("curves noted"), one = shell.espalier("curves noted --series " + series);
    CHECK_THAT(all.out, Catch::Matchers::StartsWith("series,index,evaluations,value\n"));
    CHECK_THAT(one.out, ContainsSubstring("\n" + series + ",0,"));
    CHECK(one.out.size() < all.out.size());
    CHECK_THAT(shell.espalier("curves noted --format json --series " + series).out,
               ContainsSubstring("\"series\": \"" + series + "\""));
    const Outcome picture = shell.espalier("curves noted --format svg --series " + series);
    CHECK_THAT(picture.out, Catch::Matchers::StartsWith("<svg xmlns=\"http://www.w3.org/2000/svg\"") &&
                                ContainsSubstring("<style>") && Catch::Matchers::EndsWith("</svg>\n"));
    CHECK_THAT(shell.espalier("curves noted --format svg").err, ContainsSubstring("draws one series; name it"));
    const Outcome unknown = shell.espalier("curves noted --series " + series + "x");
    CHECK(unknown.status == 2);
    CHECK_THAT(unknown.err, ContainsSubstring("did you mean '" + series + "'?"));
}
