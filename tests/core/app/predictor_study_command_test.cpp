// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <csignal>
#include <thread>

#include "catch.hpp"
#include "shell.hpp"

namespace {

/// All 64 networks of six bits and what they weigh.
std::string orchard_table()
{
    std::string text = "bit,weight\n";
    for (int i = 0; i < 64; ++i) {
        double weight = 30;
        for (int bit = 0; bit < 6; ++bit) {
            text += (i >> bit & 1) != 0 ? "1 " : "0 ";
            weight += (i >> bit & 1) * bit;
        }
        text += "," + std::to_string(weight) + "\n";
    }
    return text;
}

}  // namespace

TEST_CASE("predictor-study judges predictors on a table", "[command]")
{
    const Shell shell;
    shell.write("log.csv", orchard_table());
    const std::string arguments =
        "predictor-study --log log.csv --metric weight --space '{use: bits, bits: 6}' --train 10,30 --test 20 "
        "--trials 2 --models ridge,auto --features plain --csv trials.csv --format csv";
    const Outcome outcome = shell.espalier(arguments);
    CHECK(outcome.err == "64 distinct networks; 0 more rows were of the same, 0 had no finite weight\n");
    REQUIRE(outcome.status == 0);
    CHECK_THAT(outcome.out, ContainsSubstring("\nplain,10,ridge,2,") && ContainsSubstring("\nplain,30,auto,2,"));
    CHECK_THAT(shell.read("trials.csv"), ContainsSubstring("\nplain,30,ridge,1,"));
    CHECK(shell.espalier(arguments + " --quiet --alpha 0.75").err == "");
    CHECK_THAT(shell.read("trials.csv"), ContainsSubstring(",alpha 0.75\n"));

    std::string zeros = orchard_table();
    zeros.replace(zeros.find(",30"), std::string(",30.000000").size(), ",0");
    shell.write("log.csv", zeros);
    const Outcome zero = shell.espalier(arguments);
    CHECK(zero.status == 0);
    CHECK_THAT(zero.out, ContainsSubstring("\nplain,10,ridge,2,,,"));
    CHECK_THAT(
        zero.err,
        ContainsSubstring("mape_pct is empty: 1 of the 64 networks has weight 0, of which no error is a percentage"));

    // the same space from an experiment file
    shell.write("orchard.yaml", kOrchard);
    const Outcome other = shell.espalier(
        "predictor-study --log log.csv --metric weight --space orchard.yaml --train 10 --test 20 --trials 2");
    CHECK(other.status == 1);
    CHECK_THAT(other.err,
               ContainsSubstring("log.csv:2:1: column 'bit' lists 6 labels; the space has 3 such decisions"));
}

TEST_CASE("an interrupted predictor-study shows what it has", "[command]")
{
    const Shell shell;
    shell.write("log.csv", orchard_table());
    const pid_t child = shell.start(
        "predictor-study --log log.csv --metric weight --space '{use: bits, bits: 6}' --train 10 --test 20 "
        "--trials 10000000 --models ridge --features plain");
    while (shell.read(".err").empty())
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    kill(child, SIGINT);
    int status = 0;
    waitpid(child, &status, 0);
    REQUIRE(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 130);
    CHECK_THAT(shell.read(".out"), ContainsSubstring("plain") && ContainsSubstring("ridge"));
    CHECK_THAT(shell.read(".err"), ContainsSubstring("\ninterrupted after ") &&
                                       ContainsSubstring(" of 10000000 predictors: the table is of those\n"));
}

TEST_CASE("predictor-study judges predictors on runs", "[command]")
{
    const Shell shell;
    shell.write("orchard.yaml", kOrchard);
    REQUIRE(shell.espalier("run orchard.yaml --out run --quiet --set space.bits=5").status == 0);
    const std::string arguments = "predictor-study --log run --train 20 --test 12 --trials 1 --quiet --format csv ";
    const Outcome outcome = shell.espalier(arguments + "--metric size_kib");
    CHECK(outcome.err == "");
    REQUIRE(outcome.status == 0);
    CHECK_THAT(outcome.out,
               ContainsSubstring("\nmasked,20,stacked,1,") && ContainsSubstring("\nmasked_depth,20,stacked,1,"));
    const Outcome unknown = shell.espalier(arguments + "--metric size_kb");
    CHECK(unknown.status == 1);
    CHECK_THAT(unknown.err, ContainsSubstring("run: no evaluation has a metric 'size_kb'; did you mean 'size_kib'?"));
}

TEST_CASE("predictor-study names what is wrong with its command line", "[command]")
{
    const Shell shell;
    shell.write("log.csv", orchard_table());
    const auto refused = [&](const std::string& arguments, const std::string& sentence) {
        const Outcome outcome = shell.espalier("predictor-study " + arguments);
        CHECK(outcome.status == 2);
        CHECK_THAT(outcome.err, ContainsSubstring(sentence));
        CHECK(outcome.out == "");
    };
    const std::string complete = "--log log.csv --metric weight --space bits ";
    refused("--metric weight", "--log FILE|RUN is missing");
    refused("--log log.csv", "--metric NAME is missing");
    refused("--log log.csv --metric weight", "a CSV file does not tell its space");
    refused("--log lost.csv --metric weight", "--log lost.csv: does not exist");
    refused("--log log.csv --metric weight --space bit", "did you mean 'bits'?");
    refused("--log log.csv --metric weight --space '{use: bits'", "--space:1:1: not valid YAML");
    refused(complete + "--log log.csv", "of tables there can be only one");
    refused(complete + "--models rigde", "--models rigde: is unknown; did you mean 'ridge'?");
    refused(complete + "--features plane", "--features plane: is unknown; did you mean 'plain'?");
    refused(complete + "--alpha 0", "--alpha 0: must be a number above 0");
    refused(complete + "--c inf", "--c inf: must be a number above 0");
    refused(complete + "--train 10,,20", "--train 10,,20: must be one or more, separated by commas");
    refused(complete + "--train 10,20,10", "--train 10,20,10: '10' is given twice");
    refused(complete + "--models ridge,ridge", "--models ridge,ridge: 'ridge' is given twice");
    refused(complete + "--train 10,x", "--train x: must be a whole number from 1");
}
