// SPDX-License-Identifier: Apache-2.0
#include "catch.hpp"
#include "shell.hpp"

namespace {

/// A run with a failed and two infeasible architectures.
Shell& finished()
{
    static Shell shell;
    static const Outcome run = [] {
        shell.write("orchard.yaml", std::string(kOrchard) + "constraints: [{metric: size_kib, max: 4}]\n");
        return shell.espalier("run orchard.yaml --out run --quiet --set evaluator.fails=1,0,0");
    }();
    REQUIRE(run.status == 0);
    return shell;
}

}  // namespace

TEST_CASE("results --all lists every architecture in order, whatever became of it", "[results]")
{
    const Outcome outcome = finished().espalier("results run --all --format csv");
    CHECK(outcome.err == "");
    std::istringstream lines(outcome.out);
    std::string line;
    std::getline(lines, line);
    CHECK(line == "index,architecture,key,status,ones,size_kib,reason");
    std::getline(lines, line);
    CHECK_THAT(line, ContainsSubstring("0,\"0,0,0\","));
    CHECK_THAT(line, ContainsSubstring(",ok,0,0,"));
    CHECK_THAT(outcome.out, ContainsSubstring(",infeasible,,4.5,"));
    CHECK_THAT(outcome.out, ContainsSubstring(",failed,,1.5,"));
    CHECK_THAT(outcome.out, ContainsSubstring("this tree bears no fruit"));
    CHECK(finished().espalier("results run --all --format csv").out == outcome.out);
}

TEST_CASE("winners print in every format", "[results]")
{
    CHECK(finished()
              .espalier("results run --format csv")
              .out.starts_with("winner,architecture,key,ones,size_kib,taste\n"));
    CHECK_THAT(finished().espalier("results run --format json").out,
               ContainsSubstring("\"ones\": 2, \"size_kib\": 3.75"));
    CHECK_THAT(finished().espalier("results run --format markdown").out, ContainsSubstring("| --- | --- | ---: |"));
    CHECK_THAT(finished().espalier("results run").out, ContainsSubstring("size_kib  taste"));
    const Outcome wrong = finished().espalier("results run --format cvs");
    CHECK(wrong.status == 2);
    CHECK_THAT(wrong.err, ContainsSubstring("did you mean 'csv'?"));
}

TEST_CASE("without its plug-in a run still shows its results", "[results]")
{
    const Outcome outcome = finished().espalier("results run --all --format csv", "ESPALIER_PLUGIN_PATH=");
    CHECK(outcome.status == 0);
    CHECK_THAT(outcome.err, ContainsSubstring("option indices"));
    CHECK_THAT(outcome.out, ContainsSubstring("0,0 0 0,"));
}

TEST_CASE("correlate tells a search metric and one that only final knows", "[results]")
{
    const Shell shell;
    shell.write("orchard.yaml", kOrchard);
    REQUIRE(shell.espalier("run orchard.yaml --out run --quiet").status == 0);

    const Outcome size = shell.espalier("correlate run --against size_kib --format csv");
    CHECK(size.err == "");
    CHECK(size.status == 0);
    CHECK(
        size.out.starts_with("metric,among,n,spearman,spearman_se,kendall,kendall_se,pearson,pearson_se,rmse,rmse_se\n"
                             "ones,all,8,"));
    // by hand, with ones and taste of the bits independent: r = 14 / sqrt(6 * 42)
    const Outcome taste = shell.espalier("correlate run --against taste --format csv");
    CHECK(taste.status == 0);
    CHECK_THAT(taste.out, ContainsSubstring("\nones,all,8,"));
    CHECK_THAT(taste.out, ContainsSubstring(",0.88191710"));
    CHECK_THAT(taste.out, ContainsSubstring("\nones,best half,4,"));
    CHECK_THAT(taste.out, ContainsSubstring("\nones,best fifth,2,"));

    const Outcome wrong = shell.espalier("correlate run --against tast");
    CHECK(wrong.status == 2);
    CHECK_THAT(wrong.err, ContainsSubstring("did you mean 'taste'?"));
}
