// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <csignal>
#include <filesystem>

#include "catch.hpp"
#include "shell.hpp"

TEST_CASE("calibrate makes a table from which its cost model predicts a device", "[command]")
{
    const Shell shell;
    const std::string command =
        "calibrate nas_bench_201 --by '{use: roofline}' --metric latency_ms --networks 40 --format csv --out device";
    const Outcome found = shell.espalier(command);
    CAPTURE(found.err);
    REQUIRE(found.status == 0);
    CHECK_THAT(found.out, Catch::Matchers::StartsWith(
                              "model,median_error_pct,p90_error_pct,within_10_pct,spearman,kendall,mark,yaml\n"
                              "table,"));
    CHECK_THAT(found.out, ContainsSubstring("\ncorrected table,") && ContainsSubstring("\npredicted,"));
    CHECK_THAT(shell.read("device/table.csv"),
               Catch::Matchers::StartsWith("# espalier-cost-table 1\n# device: {use: roofline}\n") &&
                   ContainsSubstring("# protocol: alone, by {use: roofline}\n") &&
                   ContainsSubstring("\ngroup,latency_ms,latency_ms_sd\n"));
    CHECK_THAT(shell.read("device/networks.csv"), ContainsSubstring("\narch,latency_ms,latency_ms_sd\n|"));

    // the lines to paste, in an experiment: what they say is what the device says
    const std::size_t begin = found.err.find("costs:\n");
    REQUIRE(begin != std::string::npos);
    CHECK_THAT(found.err.substr(begin),
               ContainsSubstring("{use: layer_table, file: /") && ContainsSubstring("/device/table.csv, "));
    shell.write("e.yaml", "space: {use: nas_bench_201}\n" + found.err.substr(begin) +
                              "  - {use: roofline, as: device_ms, utilisation_as: used}\n"
                              "objectives: [{metric: latency_ms, goal: min}]\nstrategy: {use: random}\n"
                              "budget: {evaluations: 1}\n");
    const Outcome costs = shell.espalier(
        "evaluate e.yaml '|nor_conv_3x3~0|+|skip_connect~0|none~1|+|none~0|skip_connect~1|nor_conv_1x1~2|'");
    CAPTURE(costs.err);
    REQUIRE(costs.status == 0);
    const auto number = [&](const std::string& metric) {
        const std::size_t at = costs.out.find("\"" + metric + "\": ");
        REQUIRE(at != std::string::npos);
        return std::stod(costs.out.substr(at + metric.size() + 4));
    };
    CHECK(number("latency_ms") == Approx(number("device_ms")).epsilon(0.02));

    // nothing is priced twice, and another device needs another folder
    const std::string prices = shell.read("device/prices");
    CHECK(shell.espalier(command).out == found.out);
    CHECK(shell
              .espalier("calibrate '{use: nas_bench_201}' --by roofline --metric latency_ms --networks 40 --format csv "
                        "--out device")
              .out == found.out);  // in another spelling
    CHECK(shell.read("device/prices") == prices);
    const Outcome other = shell.espalier("calibrate nas_bench_201 --by systolic --metric latency_ms --out device");
    CHECK(other.status == 1);
    CHECK_THAT(other.err, ContainsSubstring("is of another calibration"));
}

TEST_CASE("calibrate takes no prices of a program that was changed", "[command]")
{
    const Shell shell;
    shell.write("board.py", shell.read(ESPALIER_SOURCE_DIR "/examples/command/latency.py"));
    const std::string command =
        "calibrate nas_bench_201 --by '{use: command, program: python3, script: board.py, network: layers}' "
        "--networks 20 --out board";
    CHECK(shell.espalier(command).status == 0);
    CHECK(shell.espalier(command).status == 0);
    shell.write("board.py", shell.read("board.py") + "# another board\n");
    const Outcome changed = shell.espalier(command);
    CHECK(changed.status == 1);
    CHECK_THAT(changed.err, ContainsSubstring("is of another calibration"));
}

TEST_CASE("calibrate goes on where its budget ended", "[command]")
{
    const Shell shell;
    const std::string command =
        "calibrate nas_bench_201 --by '{use: roofline}' --metric latency_ms --networks 40 --out device --budget ";
    const Outcome early = shell.espalier(command + "1e-9");
    CHECK(early.status == 1);
    CHECK_THAT(early.err, ContainsSubstring("1 network has a latency_ms above 0, and 20 are needed"));
    CHECK(shell.espalier(command + "100").status == 0);
}

TEST_CASE("calibrate names what is wrong with its command line", "[command]")
{
    const Shell shell;
    const auto refused = [&](const std::string& arguments, const std::string& sentence) {
        const Outcome outcome = shell.espalier("calibrate " + arguments);
        CHECK(outcome.status == 2);
        CHECK_THAT(outcome.err, ContainsSubstring(sentence));
        CHECK(outcome.out == "");
    };
    refused("", "SPACE|FILE");
    refused("nas_bench_20 --by params", "nas_bench_201");
    refused("nas_bench_201 --by parms", "params");
    refused("nas_bench_201 --by params --budget never", "--budget never: must be a number of seconds above 0");
    refused("nas_bench_201 --by params --networks 0", "--networks 0");
    refused("nas_bench_201 --by params --networks 5", "--networks 5: must be 20 at least");
    refused("nas_bench_201 --by params --device ''", "--device: must be a name in one line");
    refused("nas_bench_201 --by roofline", "--by gives latency_ms, utilisation: say by --metric which of them");
    refused("nas_bench_201 --by roofline --metric latency", "did you mean 'latency_ms'?");
    shell.write("table.csv", "mine\n");
    const Outcome mine = shell.espalier("calibrate nas_bench_201 --by params --out .");
    CHECK(mine.status == 1);
    CHECK_THAT(mine.err, ContainsSubstring("table.csv is there already"));
    CHECK(shell.read("table.csv") == "mine\n");
}

namespace {

/// A program that prices a network by its name, and at first more than later, and says that it measures.
constexpr const char* kDriftingBoard = R"(
import hashlib, json, sys
asked = 0
json.loads(sys.stdin.readline())
print(json.dumps({"hello": {"protocol": 1, "measures": True, "metrics": {"latency_ms": "ms", "latency_unsettled": ""},
                            "conditions": {"processor": "toy", "threads": 2, "batch": 4, "precision": "int8",
                                           "runtime": "abacus 1"}}}), flush=True)
for line in sys.stdin:
    request = json.loads(line)
    asked += 1
    layers = json.dumps(request["network"])
    price = 1 + len(layers) / 1000
    print(json.dumps({"id": request["id"], "metrics": {"latency_ms": price * (1 + asked % 400 / 800),
                                                       "latency_unsettled": int(asked == 3)}}), flush=True)
)";
constexpr const char* kByBoard =
    "calibrate nas_bench_201 --by '{use: command, program: python3, script: board.py, network: layers}' --metric "
    "latency_ms --networks 20 ";

}  // namespace

TEST_CASE("calibrate asks what measures in rounds, and says how well it knows it", "[command]")
{
    const Shell shell;
    shell.write("board.py", kDriftingBoard);
    const std::string command = std::string(kByBoard) + "--out board";
    const Outcome found = shell.espalier(command);
    CAPTURE(found.err);
    REQUIRE(found.status == 0);
    CHECK_THAT(found.err,
               ContainsSubstring("1 of 630 measurements ended before they were as precise as --by asks for") &&
                   ContainsSubstring("% slower at times; that is taken out") &&
                   ContainsSubstring("priced by every second round and by the others"));
    CHECK_THAT(
        shell.read("board/table.csv"),
        ContainsSubstring("\n# processor: toy\n# threads: 2\n# batch: 4\n# precision: int8\n# runtime: abacus 1\n"));
    CHECK_THAT(shell.read("board/model.yaml"),
               ContainsSubstring("\ncosts:\n  - {use: ") && ContainsSubstring("\nerror_pct: {median: "));

    // the same again asks for nothing
    const std::string prices = shell.read("board/prices");
    CHECK(shell.espalier(command).out == found.out);
    CHECK(shell.read("board/prices") == prices);

    const Outcome second = shell.espalier(std::string(kByBoard) + "--out second --seed 2 --against board --quiet");
    CAPTURE(second.err);
    CHECK(second.status == 0);
    CHECK_THAT(second.err, ContainsSubstring("against board: its prices of 100 random networks are these times ") &&
                               ContainsSubstring(" % there; Spearman ") &&
                               ContainsSubstring(" within the stated errors, "));
    CHECK_THAT(shell.espalier(std::string(kByBoard) + "--out second --seed 2 --against nowhere").err,
               ContainsSubstring("nowhere/model.yaml is not there: --against takes the folder of a calibration"));

    // a run says the same of whom it asks
    shell.write("run.yaml",
                "space: {use: nas_bench_201}\nstrategy: {use: random}\nbudget: {evaluations: 2}\n"
                "objectives: [{metric: latency_ms, goal: min}]\ncosts: [{use: command, program: python3, script: "
                "board.py, network: layers}]\n");
    const std::string how = "measured on toy, 2 threads, batch 4, int8, abacus 1\n";
    CHECK_THAT(shell.espalier("run run.yaml --out run").err, ContainsSubstring(how));
    CHECK_THAT(shell.espalier("results run").err, ContainsSubstring(how));

    // the same program on another machine, or with more threads, is another device
    std::string other = kDriftingBoard;
    other.replace(other.find("\"threads\": 2"), 12, "\"threads\": 3");
    shell.write("board.py", other);
    const Outcome changed = shell.espalier(command);
    CHECK(changed.status == 1);
    CHECK_THAT(changed.err, ContainsSubstring("3 threads"));
    CHECK_THAT(shell.espalier("resume run --set budget.evaluations=3").err,
               ContainsSubstring("measures on toy, 3 threads, batch 4, int8, abacus 1 now and did on toy, 2 threads"));
}

TEST_CASE("a device that fails slowly uses the budget up, too", "[command]")
{
    const Shell shell;
    shell.write("board.py", R"(
import json, sys, time
json.loads(sys.stdin.readline())
print(json.dumps({"hello": {"protocol": 1, "metrics": {"latency_ms": "ms"}}}), flush=True)
for line in sys.stdin:
    print("asked", file=open("asked", "a"))
    time.sleep(0.1)
    print(json.dumps({"id": json.loads(line)["id"], "error": "no"}), flush=True)
)");
    const Outcome failed = shell.espalier(std::string(kByBoard) + "--out board --budget 1");
    CHECK(failed.status == 1);
    const std::string asked = shell.read("asked");
    CHECK(std::ranges::count(asked, '\n') <= 12);  // 65 are wanted
}

TEST_CASE("two calibrations do not share a folder at the same time, and one that is stopped goes on", "[command]")
{
    const Shell shell;
    const std::string fast = kDriftingBoard;
    shell.write("board.py", fast + "    import time; time.sleep(0.02)\n");
    const std::string command = std::string(kByBoard) + "--out board --quiet";
    const pid_t first = shell.start(command);
    while (shell.read("board/prices").empty())
        usleep(10'000);
    const Outcome second = shell.espalier(command);
    CHECK(second.status == 1);
    CHECK_THAT(second.err, ContainsSubstring("is in use by process " + std::to_string(first)));
    kill(first, SIGINT);
    int status = 0;
    REQUIRE(waitpid(first, &status, 0) == first);
    CHECK(WEXITSTATUS(status) == 130);
    const std::string prices = shell.read("board/prices");
    CHECK(shell.espalier(command).status == 0);
    CHECK(shell.read("board/prices").starts_with(prices));
}

TEST_CASE("calibrate that is stopped while it learns goes on with what was priced", "[command]")
{
    const Shell shell;
    const std::string command = "calibrate nas_bench_201 --by macs --networks 3000 --out device";
    const pid_t process = shell.start(command);
    while (shell.read("device/fitted_to.csv").empty())
        usleep(1000);
    kill(process, SIGINT);
    int status = 0;
    REQUIRE(waitpid(process, &status, 0) == process);
    CHECK(WEXITSTATUS(status) == 130);
    CHECK_THAT(shell.read(".err"), ContainsSubstring("interrupted; what was priced is kept"));
    CHECK(shell.read(".out").empty());
    CHECK(!std::filesystem::exists(shell.folder() / "device/fitted_to.csv"));
    CHECK(!std::filesystem::exists(shell.folder() / "device/model.yaml"));
    CHECK_THAT(shell.read("device/networks.csv"), ContainsSubstring("arch,macs\n"));
}

TEST_CASE("calibrate says when a space has fewer networks than were asked for", "[command]")
{
    const Shell shell;
    const Outcome found = shell.espalier("calibrate nas_bench_201 --by macs --networks 20000 --out device --budget 3");
    CAPTURE(found.err);
    CHECK_THAT(found.err, ContainsSubstring(" different networks were found, of the 20000 asked for"));
}
