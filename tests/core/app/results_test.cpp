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

TEST_CASE("a metric of the search and of final has a column each, of winners and of several runs", "[results]")
{
    const Shell shell;
    shell.write("orchard.yaml", kOrchard);
    shell.write("ten.txt", "10");
    const std::string final = " --quiet --set 'final=[{use: taste}, {use: patient, file: ten.txt}]'";
    REQUIRE(shell.espalier("run orchard.yaml --out run" + final).status == 0);
    CHECK(shell.espalier("results run --format csv").out ==
          "winner,architecture,key,ones,size_kib,ones (final),taste\n"
          "best,\"1,1,1\",1 1 1,3,6,13,7\n");
    CHECK(shell.espalier("results run --all --format csv")
              .out.starts_with("index,architecture,key,status,ones,size_kib\n"
                               "0,\"0,0,0\",0 0 0,ok,0,0\n"));  // nothing failed: no reasons
    REQUIRE(shell.espalier("run orchard.yaml --out both --seeds 0..1" + final).status == 0);
    CHECK(shell.espalier("results both --format csv").out ==
          "metric,mean,spread,count\nones,3,0,2\nsize_kib,6,0,2\nones (final),13,0,2\ntaste,7,0,2\n");
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
    CHECK(size.out.starts_with(
        "metric,among,n,spearman,spearman_se,kendall,kendall_se,pearson,pearson_se,rmse,rmse_se,best_20\n"
        "ones,all,8,"));
    // by hand, with ones and taste of the bits independent: r = 14 / sqrt(6 * 42)
    const Outcome taste = shell.espalier("correlate run --against taste --format csv");
    CHECK(taste.status == 0);
    CHECK_THAT(taste.out, ContainsSubstring("\nones,all,8,"));
    CHECK_THAT(taste.out, ContainsSubstring(",0.88191710"));
    CHECK_THAT(taste.out, ContainsSubstring("\nones,best half,4,"));
    CHECK_THAT(taste.out, ContainsSubstring("\nones,best fifth,2,"));

    REQUIRE(shell.espalier("run orchard.yaml --out one --quiet --set 'costs=[]'").status == 0);
    const Outcome one = shell.espalier("correlate one --against ones");
    CHECK(one.status == 0);
    CHECK_THAT(one.err, ContainsSubstring("nothing to correlate: the evaluations have no metric but ones"));

    const Outcome wrong = shell.espalier("correlate run --against tast");
    CHECK(wrong.status == 2);
    CHECK_THAT(wrong.err, ContainsSubstring("did you mean 'taste'?"));
}

TEST_CASE("only the space's plug-in is needed to write architectures", "[results]")
{
    const Shell shell;
    shell.write("cells.yaml",
                "space: {use: nas_bench_201}\nevaluator: {use: patient}\nobjectives: [{metric: ones, goal: max}]\n"
                "strategy: {use: random}\nbudget: {evaluations: 3}\n");
    REQUIRE(shell.espalier("run cells.yaml --out run --quiet").status == 0);
    const Outcome outcome = shell.espalier("results run --all --format csv", "ESPALIER_PLUGIN_PATH=");
    CHECK(outcome.err == "");
    CHECK_THAT(outcome.out, ContainsSubstring("\n0,|"));
}

TEST_CASE("each run's architectures are written by its own space", "[results]")
{
    const Shell shell;
    shell.write("orchard.yaml", std::string(kOrchard) + "budget: {evaluations: 2}\n");
    REQUIRE(shell.espalier("run orchard.yaml --out bits --quiet").status == 0);
    const std::string cells = " --set 'space={use: nas_bench_201}' --set 'costs=[]' --set 'strategy={use: random}'";
    REQUIRE(shell.espalier("run orchard.yaml --out cells --quiet" + cells).status == 0);
    for (const std::string order : {"bits cells", "cells bits"}) {
        const Outcome all = shell.espalier("results " + order + " --all --format csv");
        CHECK(all.status == 0);
        CHECK(all.err == "");
        CHECK_THAT(all.out, ContainsSubstring("\nbits,0,\"0,0,0\",0 0 0,"));
        CHECK_THAT(all.out, ContainsSubstring("\ncells,0,|"));
    }
    // option indices of one space say nothing in another
    for (const std::string command : {"correlate bits cells --against ones",
                                      "predictor-study --log bits --log cells --metric ones --train 1 --test 1"}) {
        const Outcome refused = shell.espalier(command);
        CHECK(refused.status == 2);
        CHECK_THAT(refused.err, ContainsSubstring("bits and cells search other spaces ("));
    }
    const Outcome other = shell.espalier("predictor-study --log cells --metric ones --train 1 --test 1 --space bits");
    CHECK(other.status == 1);
    CHECK_THAT(other.err,
               ContainsSubstring("cells: evaluation 0, '") && ContainsSubstring("', is no architecture of the space"));
}

TEST_CASE("several runs of several objectives are summed up by their hypervolumes", "[results]")
{
    const Shell shell;
    shell.write("orchard.yaml", kOrchard);
    const std::string two =
        " --quiet --set 'objectives=[{metric: ones, goal: max}, {metric: size_kib, goal: min}]' --out ";
    REQUIRE(shell.espalier("run orchard.yaml" + two + "whole").status == 0);
    REQUIRE(shell.espalier("run orchard.yaml --set budget.evaluations=2" + two + "half").status == 0);
    // whole: (0, 0) (1, 1.5) twice (2, 3.75) (3, 6), half: (0, 0) (1, 2.25); the worst of all is (0, 6)
    const Outcome both = shell.espalier("results whole half --format csv");
    CHECK(both.status == 0);
    CHECK(both.out ==
          "run,winners,hypervolume,reference\n"
          "whole,5,6.75,\"ones=0,size_kib=6\"\n"
          "half,2,3.75,\"ones=0,size_kib=6\"\n");
    CHECK_THAT(both.err, ContainsSubstring("hypervolume 5.25 on average, spread (standard deviation) 2.12132, of 2 "
                                           "runs; the reference is the worst value that any of them found"));
    CHECK_THAT(shell.espalier("compare whole --reference ones=0,size_kib=6").out, ContainsSubstring("6.75"));
    // in another order they are the same objectives, others are not
    REQUIRE(shell
                .espalier("run orchard.yaml --quiet --set 'objectives=[{metric: size_kib, goal: min}, {metric: ones, "
                          "goal: max}]' --out turned")
                .status == 0);
    CHECK_THAT(shell.espalier("results whole turned --format csv").out, ContainsSubstring("\nturned,5,6.75,"));
    REQUIRE(shell.espalier("run orchard.yaml --quiet --out one").status == 0);
    const Outcome mixed = shell.espalier("results whole one");
    CHECK(mixed.status == 2);
    CHECK_THAT(mixed.err,
               ContainsSubstring("whole and one have other objectives (ones=max,size_kib=min and ones=max)") &&
                   ContainsSubstring("--each"));
    CHECK(shell.espalier("results whole one --each").status == 0);
}

TEST_CASE("output that cannot be written is a failure", "[results]")
{
    const Shell shell;
    CHECK(shell.espalier("schema 2>.err >/dev/full #").status == 1);
    CHECK(finished().espalier("results run --all 2>.err >/dev/full #").status == 1);
    CHECK_THAT(finished().read(".err"), ContainsSubstring("the output could not be written"));
}

TEST_CASE("a file that may grow no more is a failed write and ends with its sentence", "[results]")
{
    const Shell shell;
    shell.write("orchard.yaml", kOrchard);
    shell.write("limited.sh", "ulimit -f 8; exec \"$@\"\n");
    const Outcome outcome = shell.espalier("run orchard.yaml --out run --quiet", "sh limited.sh env");
    CHECK(outcome.status == 1);
    CHECK_THAT(outcome.err, ContainsSubstring("run"));
}

TEST_CASE("results of a run that has no winners say why", "[results]")
{
    const Shell shell;
    shell.write("orchard.yaml", kOrchard);
    const std::string set = "run orchard.yaml --quiet --set 'constraints=[{metric: size_kib, max: -1}]' --out ";
    REQUIRE(shell.espalier(set + "none").status == 4);
    CHECK_THAT(shell.espalier("results none").err,
               ContainsSubstring("none: nothing feasible was found among the 8 arch"));
    const Outcome resumed = shell.espalier("resume none");
    CHECK(resumed.status == 4);
    CHECK_THAT(resumed.err, ContainsSubstring("nothing feasible was found among the 8 architectures"));

    REQUIRE(shell.espalier("run orchard.yaml --out closed --quiet --set evaluator.never=true").status == 1);
    const Outcome closed = shell.espalier("results closed");
    CHECK(closed.status == 0);
    CHECK_THAT(closed.err, ContainsSubstring("closed: not finished; go on with: espalier resume closed"));
}

TEST_CASE("an experiment without anything to judge by is refused", "[results]")
{
    const Shell shell;
    shell.write("bare.yaml", "space: {use: bits}\nstrategy: {use: exhaustive}\n");
    for (const std::string command : {"check bare.yaml", "run bare.yaml --out run --quiet"}) {
        const Outcome refused = shell.espalier(command);
        CHECK(refused.status == 2);
        CHECK_THAT(refused.err, ContainsSubstring("bare.yaml:2:11: strategy: nothing says what makes a winner"));
    }
    CHECK_FALSE(std::filesystem::exists(shell.folder() / "run"));
}

TEST_CASE("what reuse brings is said, and why it brings nothing", "[results]")
{
    const Shell shell;
    shell.write("orchard.yaml", kOrchard);
    shell.write("added.txt", "0");
    const std::string file = " --set evaluator.file=added.txt";
    REQUIRE(shell.espalier("run orchard.yaml --out first --quiet").status == 0);
    REQUIRE(shell.espalier("run orchard.yaml --out filed --quiet" + file).status == 0);
    const std::string folder = shell.folder().string();
    const auto told = [&](const std::string& more) {
        static int count = 0;
        return shell.espalier("run orchard.yaml --out again-" + std::to_string(++count) + more).err;
    };
    CHECK_THAT(told(" --set reuse=first"),
               ContainsSubstring("reuse: 9 results can be taken over from " + folder + "/first\n"));
    REQUIRE(shell.espalier("run orchard.yaml --out seeds --seeds 2,10,11").status == 0);
    const std::string all = told(" --set reuse=seeds");
    CHECK_THAT(all,
               ContainsSubstring("reuse: 9 results can be taken over from 3 of the 3 runs in " + folder + "/seeds\n"));
    CHECK_THAT(all, ContainsSubstring("evaluator: 8 results taken over from other runs, 0 computed"));
    CHECK_THAT(
        told(" --set 'final=[]' --set reuse=seeds --set space.bits=2"),
        ContainsSubstring("reuse: nothing can be taken over from " + folder + "/seeds: it has another `space`\n"));
    CHECK_THAT(told(" --set reuse=seeds/seed-10"), ContainsSubstring("taken over from " + folder + "/seeds/seed-10\n"));
    CHECK_THAT(told(" --set 'final=[]' --set reuse=first --set evaluator.delay_ms=1"),
               ContainsSubstring("reuse: nothing can be taken over from " + folder +
                                 "/first: it has another "
                                 "`evaluator`\n"));
    CHECK_THAT(told(" --set 'final=[]' --set reuse=first --set space.bits=2"),
               ContainsSubstring("/first: it has another `space`\n"));
    shell.write("added.txt", "1");
    CHECK_THAT(told(" --set 'final=[]' --set reuse=filed" + file),
               ContainsSubstring("/filed: " + folder + "/added.txt has other contents now\n"));
}

TEST_CASE("results --notes shows what was noted, one row a series", "[results]")
{
    const Shell shell;
    shell.write(
        "nsga2.yaml",
        "seed: 1\nspace: {use: nas_bench_201}\ncosts: [{use: params}, {use: macs}]\nobjectives:\n"
        "  - {metric: params, goal: min}\n  - {metric: macs, goal: max}\nstrategy: {use: linas, population: 10}\n"
        "budget: {evaluations: 30}\n");
    REQUIRE(shell.espalier("run nsga2.yaml --out run --quiet").status == 0);
    const Outcome notes = shell.espalier("results run --notes --format csv");
    CHECK(notes.status == 0);
    CHECK(notes.out.starts_with("series,by,count,first,last,least,most\n"));
    CHECK_THAT(notes.out, ContainsSubstring("predictions,strategy,3,"));
    CHECK(shell.espalier("results run run --notes --format csv").out.starts_with("run,series,by"));
    CHECK(shell.espalier("results run --notes --all").status == 2);
}
