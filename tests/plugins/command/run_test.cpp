// SPDX-License-Identifier: Apache-2.0
// The real command with programs as costs and as evaluator.
#include <sys/wait.h>

#include "catch.hpp"
#include "core/app/shell.hpp"
#include "plugins/command/scripted.hpp"

using namespace espalier::test;
using std::chrono::milliseconds;

namespace {

const std::string kPlugins = ESPALIER_BINARY_DIR "/lib/espalier/plugins";

/// A search with `program` as evaluator, of 24 cells.
std::string experiment(const std::string& more)
{
    return "name: programs\nspace: {use: nas_bench_201}\nevaluator: {use: command, script: program, " + more +
           "}\nobjectives: [{metric: latency_ms, goal: min}]\nstrategy: {use: random}\nbudget: {evaluations: 24}\n";
}

void write_program(const Shell& shell, const std::string& text)
{
    shell.write("program", text);
    ::chmod((shell.folder() / "program").c_str(), 0755);
}

/// Which of the processes that wrote their numbers into a file still run.
std::size_t running(const Shell& shell, const std::string& file)
{
    std::istringstream numbers(shell.read(file));
    std::size_t count = 0;
    for (pid_t process = 0; numbers >> process;)
        count += runs(process) ? 1 : 0;
    return count;
}

}  // namespace

TEST_CASE("a search is priced by a Python script and a shell script, whose words are kept", "[command]")
{
    if (std::system("python3 -c '' 2>/dev/null") != 0) {
        WARN("skipped: there is no python3");
        return;
    }
    const Shell shell(kPlugins);
    const std::string examples = ESPALIER_SOURCE_DIR "/examples/command/";
    shell.write("e.yaml", "name: programs\nspace: {use: nas_bench_201}\ncosts:\n- {use: command, script: " + examples +
                              "latency.py, arguments: ['4'], network: layers}\n- {use: command, script: " + examples +
                              "energy.sh, batch: 4}\nconstraints: [{metric: energy_mj, max: 220}]\n"
                              "objectives: [{metric: latency_ms, goal: min}, {metric: energy_mj, goal: min}]\n"
                              "strategy: {use: nsga2}\nbudget: {evaluations: 60}\n");
    const std::string config = "e.yaml";
    const Outcome checked = shell.espalier("check " + config);
    INFO(checked.err);
    CHECK(checked.status == 0);
    const Outcome run = shell.espalier("run " + config + " --out run --quiet --workers 3");
    INFO(run.err);
    REQUIRE(run.status == 0);
    CHECK_THAT(run.out, ContainsSubstring("energy_mj"));
    CHECK_THAT(run.out, ContainsSubstring("latency_ms"));
    CHECK_THAT(shell.read("run/logs/cost_0.log"), ContainsSubstring("4 billion multiply-adds a second\n"));
    REQUIRE(shell.espalier("run " + config + " --out one --quiet --workers 1").status == 0);
    CHECK(shell.espalier("results run --all --format csv").out == shell.espalier("results one --all --format csv").out);
    // given architectures: what the programs say goes to standard error
    const Outcome asked = shell.espalier(
        "evaluate " + config +
        " '|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|nor_conv_3x3~0|nor_conv_3x3~1|avg_pool_3x3~2|'");
    CHECK_THAT(asked.out, ContainsSubstring("\"energy_mj\": 290"));
    CHECK_THAT(asked.err, ContainsSubstring("'command': 4 billion multiply-adds a second"));
}

TEST_CASE("a program that cannot be asked is told at its place, before anything starts", "[command]")
{
    const Shell shell(kPlugins);
    shell.write("e.yaml", experiment("batch: 2"));
    CHECK_THAT(shell.espalier("check e.yaml").err, ContainsSubstring("program: no such file"));
    write_program(shell, "#!/bin/sh\necho 'no board is attached' >&2\nexit 1\n");
    for (const char* const command : {"check e.yaml", "run e.yaml --out run"}) {
        const Outcome outcome = shell.espalier(command);
        CHECK(outcome.status == 2);
        CHECK_THAT(outcome.err,
                   ContainsSubstring("e.yaml:3:35: evaluator.script: 'program': it ended with status 1 before "
                                     "its hello; its last words: 'no board is attached'"));
    }
    CHECK_FALSE(std::filesystem::exists(shell.folder() / "run"));
}

TEST_CASE("a search with a program of every fault completes, with those candidates failed", "[command]")
{
    const Shell shell(kPlugins);
    const std::string faults =
        "case $first in\n0) echo 'out of memory' >&2; exit 9;;\n1) sleep 1000;;\n2) echo hm;;\n"
        "3) echo \"{\\\"id\\\":$id,\\\"metrics\\\":{\\\"latency_ms\\\":NaN}}\";;\n*) ";
    write_program(shell, kGreets + kLoop + faults + kAnswers + ";;\nesac\ndone\n");
    shell.write("e.yaml", experiment("timeout_s: 1, restarts: 1, batch: 3"));
    const Outcome run = shell.espalier("run e.yaml --out run --quiet --set execution.workers=3");
    INFO(run.err);
    CHECK(run.status == 0);
    const std::string all = shell.espalier("results run --all --format csv").out;
    for (const char* const told : {"it ended with status 9 when it was asked; its last words: 'out of memory'",
                                   "time-out after 1 s: 'program': it did not answer", "a line that is no JSON: 'hm'",
                                   "metric latency_ms is not a number", ",ok,14"})
        CHECK_THAT(all, ContainsSubstring(told));
    CHECK(std::count(all.begin(), all.end(), '\n') >= 25);
    CHECK_THAT(shell.read("run/logs/evaluator.log"), ContainsSubstring("out of memory\n"));
}

TEST_CASE("the command, killed while programs work, leaves none and resumes", "[command]")
{
    const Shell shell(kPlugins);
    const std::string program = kGreets + "echo $$ >>\"${0%/*}/numbers\"\n" + kLoop +
                                "[ -e \"${0%/*}/slow\" ] && { sleep 0.5 & wait; }\n" + kAnswers + "done\nsleep 1000\n";
    write_program(shell, program);
    shell.write("slow", "");
    shell.write("e.yaml", experiment("batch: 1"));
    const std::string arguments = "run e.yaml --out run --quiet --set execution.workers=2";
    const pid_t command = shell.start(arguments);
    for (int i = 0; i < 2000 && running(shell, "numbers") < 2; ++i)
        std::this_thread::sleep_for(milliseconds(10));
    std::this_thread::sleep_for(milliseconds(1500));
    CHECK(running(shell, "numbers") == 2);
    ::kill(command, SIGKILL);
    int status = 0;
    ::waitpid(command, &status, 0);
    REQUIRE(WIFSIGNALED(status));
    for (int i = 0; i < 50 && running(shell, "numbers") > 0; ++i)
        std::this_thread::sleep_for(milliseconds(100));
    CHECK(running(shell, "numbers") == 0);

    std::filesystem::remove(shell.folder() / "slow");
    const Outcome resumed = shell.espalier("resume run --quiet");
    INFO(resumed.err);
    CHECK(resumed.status == 0);
    REQUIRE(shell.espalier("run e.yaml --out whole --quiet").status == 0);
    CHECK(shell.espalier("results run --all --format csv").out ==
          shell.espalier("results whole --all --format csv").out);
    CHECK(running(shell, "numbers") == 0);
}
