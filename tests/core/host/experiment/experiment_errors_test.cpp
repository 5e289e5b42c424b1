// SPDX-License-Identifier: Apache-2.0
// One go tells everything that is wrong, and each thing once.
#include "catch.hpp"
#include "experiment_bench.hpp"

using namespace espalier;
using namespace espalier::host;

namespace {

using Errors = std::vector<std::string>;

}  // namespace

TEST_CASE("a misspelt space does not hide what is wrong with the other parts")
{
    ExperimentBench bench;
    const Errors errors = bench.errors(R"(space: {use: gird, decisions: 4}
evaluator: {use: column, file: nope.csv, column: x}
costs: [{use: column, file: table.csv, column: raspi_ms}]
objectives: [{metric: x, goal: up}]
strategy: {use: wandre, epochs: 0}
)");
    REQUIRE(errors.size() == 6);
    CHECK_THAT(errors[0], ContainsSubstring("e.yaml:1:14: space.use: there is no search space 'gird'; did you mean"));
    CHECK_THAT(errors[1], ContainsSubstring("e.yaml:2:32: evaluator.file: '"));
    CHECK_THAT(errors[2], ContainsSubstring("e.yaml:3:48: costs.0.column: 'raspi_ms' is no column"));
    CHECK_THAT(errors[3], ContainsSubstring("e.yaml:4:32: objectives.0.goal: 'up' is not allowed"));
    CHECK_THAT(errors[4], ContainsSubstring("e.yaml:5:17: strategy.use: there is no strategy 'wandre'"));
    CHECK_THAT(errors[5], ContainsSubstring("e.yaml:5:33: strategy.epochs: 0 is out of range"));
}

TEST_CASE("a wrong value of the space does not hide a misspelt metric")
{
    ExperimentBench bench;
    const Errors errors = bench.errors(R"(space: {use: grid, decisions: x}
costs: [{use: column, file: table.csv, column: raspi4_ms}]
objectives: [{metric: raspi_ms, goal: min}]
reward: {use: product, score: raspi4_msec, latency: raspi4_ms, target: -1}
strategy: {use: wander}
)");
    REQUIRE(errors.size() == 4);
    CHECK_THAT(errors[0], ContainsSubstring("e.yaml:1:31: space.decisions: 'x' is not a whole number"));
    CHECK_THAT(errors[1], ContainsSubstring("e.yaml:3:23: objectives.0.metric: nothing in the search gives"));
    CHECK_THAT(errors[2], ContainsSubstring("e.yaml:4:31: reward.score: nothing in the search gives"));
    CHECK_THAT(errors[3], ContainsSubstring("e.yaml:4:72: reward.target: -1 is out of range"));
}

TEST_CASE("what only a faulty part itself can tell is told too, but not what follows from its faults")
{
    ExperimentBench bench;
    const std::string rest = "space: {use: grid}\nstrategy: {use: wander}\n";
    const Errors both = bench.errors(rest + "costs: [{use: column, file: table.csv, column: raspi_ms, scale: 0}]\n");
    REQUIRE(both.size() == 2);
    CHECK_THAT(both[0], ContainsSubstring("costs.0.column: 'raspi_ms' is no column"));
    CHECK_THAT(both[1], ContainsSubstring("costs.0.scale: 0 is out of range"));
    // without its file the table has no columns to look into, without its metrics `blend` blends other ones
    CHECK(bench.errors(rest + "costs: [{use: column, file: [a], column: raspi_ms}]\n").size() == 1);
    CHECK(bench.errors(rest + "evaluator: {use: blend, of: {use: score, gives: 3}, metrics: [quality]}\n").size() == 1);
    CHECK(bench.errors(rest + "evaluator: {use: blend, of: {use: scoer}, metrics: [qualtiy]}\n").size() == 2);
}

TEST_CASE("a component is taken for the nearest one only if its options fit")
{
    ExperimentBench bench;
    const std::string rest = "space: {use: grid}\nstrategy: {use: wander}\n";
    CHECK(bench.errors(rest + "evaluator: {use: sore, epochs: 3}\n").size() == 1);
    CHECK(bench.errors(rest + "evaluator: {use: colum, noise: 0.5}\n").size() == 1);
    CHECK(bench.errors(rest + "evaluator: {use: colum}\n").size() == 1);  // which would need a file
    CHECK(bench.errors(rest + "evaluator: {use: colum, flie: table.csv, column: raspi4_ms}\n").size() == 2);
}

TEST_CASE("a wrong default is told beside other errors, as an option of its part")
{
    ExperimentBench bench;
    const Errors told = bench.errors(R"(space: {use: grid, decisions: x}
strategy: {use: wander}
costs: [{use: ruler}]
)");
    REQUIRE(told.size() == 2);
    CHECK_THAT(told[1], ContainsSubstring("e.yaml:3:9: costs.0: unit: 'inch' is no unit"));
}

TEST_CASE("one error is told once")
{
    ExperimentBench bench;
    const std::string rest = "space: {use: grid}\nstrategy: {use: wander}\n";
    CHECK(bench.errors(rest + "seed: -1\n").size() == 1);
    CHECK(bench.errors(rest + "seed: 99999999999999999999999\n").size() == 1);
    CHECK(bench.errors(rest, {{"seed", ""}}).size() == 1);
    CHECK(bench.errors(rest + "reuse: [[a]]\n").size() == 1);
    const Errors errors = [&] {
        bench.write("e.yaml", rest + "reuse: [[a], nowhere]\n");
        Diagnostics diagnostics;
        read_experiment(bench.file(), {}, bench.catalog(), diagnostics);
        return lines(diagnostics);
    }();
    REQUIRE(errors.size() == 2);
    CHECK_THAT(errors[1], ContainsSubstring("e.yaml:3:14: reuse.1: '"));
}

TEST_CASE("what stands in an override is told like what stands in the file")
{
    ExperimentBench bench;
    const std::string rest = "space: {use: grid}\nstrategy: {use: wander}\n";
    const std::string table = "{use: column, file: " + (bench.folder() / "table.csv").string() + ", column: ";
    // values of an override have no line: their paths tell them apart
    const Errors both = bench.errors(rest, {{"costs", "[" + table + "raspi_ms, scale: 0}]"}});
    REQUIRE(both.size() == 2);
    CHECK_THAT(both[0], ContainsSubstring("--set costs: 0.scale: 0 is out of range"));
    CHECK_THAT(both[1], ContainsSubstring("--set costs: 0.column: 'raspi_ms' is no column"));
    // and the file, values of two
    const Errors two = bench.errors(kWholeExperiment, {{"costs.0", table + "raspi4_ms, as: latency_ms, scale: 0}"},
                                                       {"final.0", table + "nope, scale: 1}"}});
    REQUIRE(two.size() == 2);
    CHECK_THAT(two[0], ContainsSubstring("--set costs.0: scale: 0 is out of range"));
    CHECK_THAT(two[1], ContainsSubstring("--set final.0: column: 'nope' is no column"));
    const Errors whole = bench.errors(
        kWholeExperiment,
        {{"evaluator", "{use: score, gives: [blend]}"}, {"reward", "{use: product, latency: latency_ms, target: -1}"}});
    REQUIRE(whole.size() == 1);
    CHECK_THAT(whole[0], ContainsSubstring("--set reward: target: -1 is out of range"));
    // what stands in the file comes first
    const Errors mixed = bench.errors(rest + "seed: -1\n", {{"strategy.epochs", "[1"}});
    REQUIRE(mixed.size() == 2);
    CHECK_THAT(mixed[0], ContainsSubstring("e.yaml:3:7: seed:"));
    CHECK_THAT(mixed[1], ContainsSubstring("--set strategy.epochs:1:"));
}

TEST_CASE("what follows from another error is not told beside it")
{
    ExperimentBench bench;
    const std::string rest = "space: {use: grid}\nstrategy: {use: wander}\n";
    const std::string column = "{use: column, file: table.csv, column: raspi4_ms";
    const auto only = [&](const std::string& yaml, const std::string& told) {
        INFO(yaml);
        const Errors errors = bench.errors(yaml);
        REQUIRE(errors.size() == 1);
        CHECK_THAT(errors[0], ContainsSubstring(told));
    };
    // without a space there is none that a cost model could look at
    only("space: {use: nowhere_near}\nstrategy: {use: wander}\ncosts: [" + column + "}]\n", "no search space");
    // an unknown key may be what was meant by the option that is not given
    only(rest + "costs: [{use: ruler, zzz: mm}]\n", "costs.0.zzz: unknown key");
    only(rest + "costs: [" + column + "}]\nreward: {use: product, zzz: raspi4_ms, latency: raspi4_ms, target: 4}\n",
         "reward.zzz: unknown key");
    only(rest + "costs: " + column + "}\nobjectives: [{metric: raspi4_ms, goal: min}]\n", "costs: must be a list");
    only("space: {use: grid}\nstrategy: {use: wander, needs_latency: true}\ncosts: [" + column +
             "}]\nobjectives: [{metric: raspi4_ms, goal: up}]\n",
         "objectives.0.goal: 'up' is not allowed");
    only(rest + "final: [" + column + ", scale: 0}, " + column + "}]\n", "final.0.scale: 0 is out of range");
}

TEST_CASE("a wrong default of a nested component is told beside other errors")
{
    ExperimentBench bench;
    const Errors told = bench.errors(R"(space: {use: grid, decisions: x}
strategy: {use: wander}
evaluator: {use: blend, of: {use: ruler}}
)");
    REQUIRE(told.size() == 2);
    CHECK_THAT(told[1], ContainsSubstring("e.yaml:3:29: evaluator.of: unit: 'inch' is no unit"));
    const Errors element = bench.errors(
        "space: {use: grid, decisions: x}\nstrategy: {use: wander}\n"
        "costs: [{use: ruler, unit: mm}]\n");
    REQUIRE(element.size() == 2);
    CHECK_THAT(element[1], ContainsSubstring("e.yaml:3:9: costs.0: ends.1: 'left' is an end already"));
}

TEST_CASE("a plug-in that is refused is told once, and thrown where nothing else is wrong")
{
    namespace fs = std::filesystem;
    const TemporaryFolder folder;
    for (const auto& entry : fs::directory_iterator(fs::path(ESPALIER_BINARY_DIR) / "tests/plugins/experiment"))
        if (entry.is_regular_file())
            fs::copy(entry.path(), folder / entry.path().filename().string());
    const std::vector<fs::path> search_path{folder.path()};
    const Catalog catalog{search_path};
    folder.write("espalier_experiment_parts.so", "no library any more");
    PluginHost host{catalog};
    const auto told = [&](const std::string& more) {
        Diagnostics diagnostics;
        const std::string yaml = "data: {use: numbers, path: .}\nspace: {use: grid}\nstrategy: {use: wander}\n" + more;
        const Experiment e = parse_experiment(yaml, folder / "e.yaml", {}, catalog, diagnostics);
        assemble(e, host, diagnostics);
        return lines(diagnostics);
    };
    CHECK_THROWS_AS(told(""), PluginError);
    const Errors both = told("seed: -1\n");
    REQUIRE(both.size() == 2);
    CHECK_THAT(both[0], ContainsSubstring("e.yaml:4:7: seed: -1 is out of range"));
    CHECK_THAT(both[1], ContainsSubstring("espalier_experiment_parts.so"));

    const Catalog later{search_path};  // finds it refused already, without a word of what is in it
    const auto unknown = [&](const std::string& space, const Catalog& found) {
        Diagnostics diagnostics;
        parse_experiment("space: {use: " + space + "}\nstrategy: {use: wander}\n", folder / "e.yaml", {}, found,
                         diagnostics);
        return lines(diagnostics);
    };
    CHECK(unknown("grid", later) == Errors{});
    const fs::path whole = fs::path(ESPALIER_BINARY_DIR) / "tests/plugins/experiment";
    const std::vector<fs::path> both_folders{whole, folder.path()};
    const Errors misspelt = unknown("gird", Catalog{both_folders});
    REQUIRE(misspelt.size() == 1);
    CHECK_THAT(misspelt[0], ContainsSubstring("did you mean 'grid'?") &&
                                ContainsSubstring("; 1 plug-in was refused before its components were known"));
}

TEST_CASE("an empty file is no file that cannot be read")
{
    ExperimentBench bench;
    bench.write("e.yaml", "");
    Diagnostics diagnostics;
    read_experiment(bench.file(), {}, bench.catalog(), diagnostics);
    REQUIRE(diagnostics.errors.size() == 1);
    CHECK_THAT(to_string(diagnostics.errors[0]), ContainsSubstring("e.yaml: an experiment is a map of keys"));
}

TEST_CASE("a metric without a name is refused wherever one is named")
{
    ExperimentBench bench;
    const Errors errors = bench.errors(R"(space: {use: grid}
evaluator: {use: blend, of: {use: score, gives: [quality, extra]}, metrics: [quality, ""]}
costs: [{use: column, file: table.csv, column: raspi4_ms}]
constraints: [{metric: "", max: 3}]
objectives: [{metric: '', goal: max}]
reward: {use: product, score: "", latency: "", target: 1}
strategy: {use: wander, watched: ""}
)");
    REQUIRE(errors.size() == 5);
    CHECK(errors[0] == "e.yaml:2:87: evaluator.metrics.1: the name of a metric is empty");
    CHECK(errors[1] == "e.yaml:4:24: constraints.0.metric: the name of a metric is empty");
    CHECK(errors[2] == "e.yaml:5:23: objectives.0.metric: the name of a metric is empty");
    CHECK(errors[3] == "e.yaml:6:31: reward.score: the name of a metric is empty");
    CHECK(errors[4] == "e.yaml:6:44: reward.latency: the name of a metric is empty");

    const std::string rest = "space: {use: grid}\nstrategy: {use: wander}\n";
    const Errors set = bench.errors(rest + "objectives: []\n", {{"objectives.0", "{metric: '', goal: max}"}});
    REQUIRE(set.size() == 1);
    CHECK(set[0] == "--set objectives.0: metric: the name of a metric is empty");
    const Errors given = bench.errors(rest + "evaluator: {use: score, gives: ['']}\n");
    REQUIRE(given.size() == 1);
    CHECK(given[0] == "e.yaml:3:12: evaluator: gives a metric whose name is empty");
}

TEST_CASE("a device that is not there is told once, where the experiment names it")
{
    ExperimentBench bench;
    const std::string parts = R"(space: {use: grid}
strategy: {use: wander}
costs: [{use: stopwatch}]
evaluator: {use: blend, of: {use: stopwatch}}
final: [{use: ready, timed: true}]
)";
    CHECK(bench.errors(parts + "execution: {device: cuda:4}\n") ==
          Errors{"e.yaml:6:21: execution.device: there is no cuda:4"});
    CHECK(bench.errors(parts + "execution: {device: [cuda:3, cuda:4]}\n") ==
          Errors{"e.yaml:6:30: execution.device.1: there is no cuda:4"});
    CHECK(bench.errors(parts, {{"execution.device", "cuda:4"}}) ==
          Errors{"--set execution.device: there is no cuda:4"});
    CHECK(bench.errors(parts + "execution: {device: cuda:3}\n").empty());
    // who has a device of its own does not care
    const std::string own = "space: {use: grid}\nstrategy: {use: wander}\ncosts: [{use: stopwatch, device: ";
    CHECK(bench.errors(own + "cpu}]\nexecution: {device: cuda:4}\n").empty());
    CHECK(bench.errors(own + "cuda:4}]\n") == Errors{"e.yaml:3:34: costs.0.device: there is no cuda:4"});
}

TEST_CASE("what a component has put together itself is told where it stands")
{
    ExperimentBench bench;
    const std::string rest = "space: {use: grid}\nstrategy: {use: wander}\n";
    const Errors errors = bench.errors(rest + "evaluator: {use: ready}\n");
    REQUIRE(errors.size() == 1);
    CHECK(errors[0].starts_with("e.yaml:3:12: evaluator: metrics.1: 'nothing' is not given"));
    const Errors set = bench.errors(rest, {{"evaluator", "{use: ready}"}});
    REQUIRE(set.size() == 1);
    CHECK(set[0].starts_with("--set evaluator: metrics.1: 'nothing' is not given"));
}
