// SPDX-License-Identifier: Apache-2.0
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
    CHECK_THAT(found.out,
               Catch::Matchers::StartsWith("model,median_error_pct,within_10_pct,spearman,kendall,mark,yaml\n"
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
    CHECK_THAT(found.err.substr(begin), ContainsSubstring("{use: layer_table, file: "));
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
    CHECK_THAT(early.err, ContainsSubstring("0 networks have a latency_ms above 0, and 20 are needed"));
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
