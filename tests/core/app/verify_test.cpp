// SPDX-License-Identifier: Apache-2.0
#include "catch.hpp"
#include "shell.hpp"

namespace {

/// Latencies of the eight trees; those of the device are in another order, and 1,1,1 takes too long.
const char* const kWrong = R"(name: wrong
space: {use: bits, bits: 3}
evaluator: {use: patient}
costs: [{use: table, file: latencies.csv, column: formula_ms, as: latency_ms}]
constraints: [{metric: latency_ms, max: 9}]
objectives: [{metric: ones, goal: max}, {metric: latency_ms, goal: min}]
strategy: {use: exhaustive}
verify: [{use: table, file: latencies.csv, column: device_ms, as: latency_ms}]
)";

/// Fills a shell.
void add_latencies(const Shell& shell)
{
    shell.write("latencies.csv",
                "arch,formula_ms,device_ms\n\"0,0,0\",1,5\n\"1,0,0\",2,4\n\"0,1,0\",3,3\n\"0,0,1\",3,3\n"
                "\"1,1,0\",4,6\n\"1,0,1\",5,6\n\"0,1,1\",5,6\n\"1,1,1\",8,9.5\n");
    shell.write("wrong.yaml", kWrong);
}

}  // namespace

TEST_CASE("a wrong cost model is caught by verify, in the run, its results and comparisons", "[command]")
{
    const Shell shell;
    add_latencies(shell);
    const Outcome run = shell.espalier("run wrong.yaml --out run");
    REQUIRE(run.status == 0);
    CHECK_THAT(run.out, ContainsSubstring("9.5  (verified)") &&
                            ContainsSubstring("  latency_ms at most 9: broken, it is 9.5\n"));
    const std::string order =
        "verified, latency_ms orders the 4 winners otherwise: Kendall's tau 0.666667, 1 of 6 pairs "
        "are the other way round: front-4 (1, verified 5) and front-3 (2, verified 4)";
    const std::string broken = "verified, front-1 breaks latency_ms at most 9: it is 9.5";
    CHECK_THAT(run.err, ContainsSubstring(order) && ContainsSubstring(broken));

    const Outcome results = shell.espalier("results run --format csv");
    CHECK_THAT(results.out, Catch::Matchers::StartsWith(
                                "winner,architecture,key,latency_ms,latency_ms (verified),ones,verdict\n"
                                "front-1,\"1,1,1\",1 1 1,8,9.5,3,\"latency_ms at most 9: broken, it is 9.5\"\n"
                                "front-2,\"1,1,0\",1 1 0,4,6,2,latency_ms at most 9: holds\n"));
    CHECK_THAT(results.err, ContainsSubstring("run: " + order) && ContainsSubstring("run: " + broken));

    const Outcome compared = shell.espalier("compare run --html page.html");
    REQUIRE(compared.status == 0);
    CHECK_THAT(compared.out, ContainsSubstring("winners, priced again") && ContainsSubstring("difference_pct"));
    CHECK_THAT(compared.err, ContainsSubstring(order));
    CHECK_THAT(shell.read("page.html"),
               ContainsSubstring("Winners, priced again") && ContainsSubstring("broken, it is"));

    // of several runs, too
    REQUIRE(shell.espalier("run wrong.yaml --out seeds --seeds 1..2 --set 'objectives=[{metric: ones, goal: max}]'")
                .status == 0);
    CHECK_THAT(shell.espalier("results seeds --format csv").out,
               ContainsSubstring("\nlatency_ms (verified),9.5,0,2\n"));
    CHECK_THAT(shell.espalier("results run --all --format csv").out, !ContainsSubstring("verified"));
}

TEST_CASE("what verify asks for is checked with the file", "[command]")
{
    const Shell shell;
    add_latencies(shell);
    const auto refused = [&](const std::string& verify, const std::string& sentence) {
        const Outcome outcome = shell.espalier("check wrong.yaml --set '" + verify + "'");
        CHECK(outcome.status == 2);
        CHECK_THAT(outcome.err, ContainsSubstring(sentence));
    };
    refused("verify=[{use: table, file: latencies.csv, column: device_ms, as: device_ms}]",
            "verifies nothing: it gives device_ms, and the search has none of that name; known in the search: "
            "latency_ms (from 'costs.0'), ones (from 'evaluator'); most cost models take a name by `as`");
    refused("verify=[{use: taste}]", "taste");
    refused("verify=[{use: table, file: lost.csv, column: device_ms, as: latency_ms}]", "lost.csv");
}
