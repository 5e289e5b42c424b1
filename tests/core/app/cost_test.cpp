// SPDX-License-Identifier: Apache-2.0
#include "catch.hpp"
#include "shell.hpp"

namespace {

const char* const kPricedCell = "'|nor_conv_3x3~0|+|skip_connect~0|none~1|+|none~0|skip_connect~1|nor_conv_1x1~2|'";

void add_cells(const Shell& shell)
{
    shell.write("cells.yaml", R"(space: {use: nas_bench_201}
costs:
  - {use: macs}
  - {use: systolic, rows: 16, columns: 16}
  - {use: memory}
  - {use: table, file: latencies.csv, column: ms, as: table_ms}
objectives: [{metric: macs, goal: min}]
strategy: {use: random}
budget: {evaluations: 1}
)");
    shell.write("latencies.csv",
                "arch,ms\n|nor_conv_3x3~0|+|skip_connect~0|none~1|+|none~0|skip_connect~1|nor_conv_1x1~2|,12\n");
}

}  // namespace

TEST_CASE("cost prices blocks and layers under all models", "[command]")
{
    const Shell shell;
    add_cells(shell);
    const Outcome blocks = shell.espalier(std::string("cost cells.yaml --format csv ") + kPricedCell);
    CHECK(blocks.status == 0);
    CHECK_THAT(blocks.out,
               Catch::Matchers::StartsWith("part,macs,macs_share_pct,latency_ms,latency_ms_share_pct,utilisation,"
                                           "memory_bytes,table_ms,disagreement_pct,mark\nstem,"));
    CHECK_THAT(blocks.out, ContainsSubstring("\nblock 17,") && ContainsSubstring("\nhead,") &&
                               ContainsSubstring("\nsum,") && ContainsSubstring("\ntotal,") &&
                               ContainsSubstring(",most\n"));
    CHECK_THAT(blocks.err, ContainsSubstring("cost 3 'table' prices no parts, totals only: stem: "));
    const auto row = [](const std::string& text, const std::string& name) {
        const std::size_t begin = text.find("\n" + name + ",") + 1;
        return text.substr(begin, text.find('\n', begin) - begin);
    };
    const std::string total = row(blocks.out, "total"), sum = row(blocks.out, "sum");
    CHECK(sum.substr(4, sum.find(',', 4) - 4) == total.substr(6, total.find(',', 6) - 6));
    CHECK_THAT(total, Catch::Matchers::EndsWith(",12,,"));

    const Outcome layers = shell.espalier(std::string("cost cells.yaml --by layer --format csv ") + kPricedCell);
    CHECK(layers.status == 0);
    CHECK(row(layers.out, "total") == total);
    CHECK_THAT(layers.out, ContainsSubstring("\n1 conv 16x32x32 "));

    const Outcome json =
        shell.espalier(std::string("cost cells.yaml --format json ") + kPricedCell + " " + kPricedCell);
    CHECK_THAT(json.out, Catch::Matchers::StartsWith("[") && ContainsSubstring("\"architecture\": \"|nor_conv_3x3~0|"));
}

TEST_CASE("cost says what each decision adds to a sum over decisions", "[command]")
{
    const Shell shell;
    std::string rows = "decision,option,ms\n0,,10\n";
    for (int decision = 1; decision <= 6; ++decision)
        for (const char* option : {"none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3"})
            rows += std::to_string(decision) + "," + option + "," + (option[0] == 'n' ? "0.5" : "0") + "\n";
    shell.write("edges.csv", rows);
    shell.write("sum.yaml", R"(space: {use: nas_bench_201}
costs: [{use: macs}, {use: additive, file: edges.csv, column: ms, as: sum_ms}]
objectives: [{metric: macs, goal: min}]
strategy: {use: random}
budget: {evaluations: 1}
)");
    const Outcome told = shell.espalier(std::string("cost sum.yaml --format csv ") + kPricedCell);
    CHECK(told.status == 0);
    CHECK(told.err == "");
    CHECK_THAT(told.out, Catch::Matchers::StartsWith("part,macs,macs_share_pct,sum_ms\nstem,442368,"));
    CHECK_THAT(told.out, ContainsSubstring("\nhead,640,") && ContainsSubstring(",\nin common,,,10\n"));
    CHECK_THAT(told.out, ContainsSubstring(": nor_conv_3x3,,,0.5\n"));
    CHECK_THAT(told.out, !ContainsSubstring(": skip_connect,"));  // adds nothing
    CHECK_THAT(told.out, ContainsSubstring("\nsum,") && ContainsSubstring(",100,12.5\ntotal,"));
    CHECK_THAT(told.out, Catch::Matchers::EndsWith(",,12.5\n"));  // of the canonical cell

    shell.write("twice.yaml", R"(space: {use: nas_bench_201}
costs: [{use: composite, as: twice_ms, weights: [2], of: [{use: additive, file: edges.csv, column: ms}]}]
objectives: [{metric: twice_ms, goal: min}]
strategy: {use: random}
budget: {evaluations: 1}
)");
    const Outcome twice = shell.espalier(std::string("cost twice.yaml --format csv ") + kPricedCell);
    CHECK(twice.err == "");
    CHECK_THAT(twice.out, Catch::Matchers::StartsWith("part,twice_ms\nin common,20\n"));
    CHECK_THAT(twice.out, Catch::Matchers::EndsWith(": none,1\nsum,25\ntotal,25\n"));
}

TEST_CASE("cost names what is wrong with its command line", "[command]")
{
    const Shell shell;
    add_cells(shell);
    const auto refused = [&](const std::string& arguments, const std::string& sentence) {
        const Outcome outcome = shell.espalier("cost " + arguments);
        CHECK(outcome.status == 2);
        CHECK_THAT(outcome.err, ContainsSubstring(sentence));
        CHECK(outcome.out == "");
    };
    refused("cells.yaml", "ARCH");
    refused("cells.yaml '|nor_conv|'", "architecture '|nor_conv|'");
    refused(std::string("cells.yaml --by stage ") + kPricedCell, "--by 'stage' is unknown");
    shell.write("free.yaml", "space: {use: nas_bench_201}\nstrategy: {use: random}\nbudget: {evaluations: 1}\n");
    refused(std::string("free.yaml ") + kPricedCell, "free.yaml: has no `costs`");
}

TEST_CASE("cost tells which model fails and prices with the others", "[command]")
{
    const Shell shell;
    add_cells(shell);
    const Outcome missing = shell.espalier(
        "cost cells.yaml --format csv "
        "'|none~0|+|none~0|none~1|+|none~0|none~1|none~2|'");
    CHECK(missing.status == 1);
    CHECK_THAT(missing.err, ContainsSubstring("cost 3 'table': "));
    CHECK_THAT(missing.out, ContainsSubstring("\ntotal,"));
}
