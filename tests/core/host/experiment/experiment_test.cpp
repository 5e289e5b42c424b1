// SPDX-License-Identifier: Apache-2.0
#include "host/experiment/experiment.hpp"

#include <algorithm>

#include "catch.hpp"
#include "experiment_bench.hpp"

using namespace espalier;
using namespace espalier::host;

namespace {

using Errors = std::vector<std::string>;

const std::string kMinimal = "space: {use: grid}\nstrategy: {use: wander}\n";

std::string replaced(std::string text, const std::string& from, const std::string& to)
{
    const std::size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("an experiment's values arrive where the engine looks for them")
{
    ExperimentBench bench;
    const Experiment e = bench.good(kWholeExperiment);
    CHECK(e.name == "whole");
    CHECK(e.seed == 3);
    CHECK(e.costs.size() == 1);
    CHECK(e.finals.size() == 1);
    REQUIRE(e.constraints.size() == 1);
    CHECK(e.constraints[0].metric == "latency_ms");
    CHECK(e.constraints[0].maximum == 40);
    CHECK(e.constraints[0].minimum == -std::numeric_limits<double>::infinity());
    CHECK(e.constraints[0].winners_only);
    REQUIRE(e.objectives.size() == 2);
    CHECK(e.objectives[0].maximise);
    CHECK_FALSE(e.objectives[1].maximise);
    CHECK(e.budget.evaluations == 500U);
    CHECK_FALSE(e.budget.minutes.has_value());
    CHECK(e.execution.workers == 2);
    CHECK(e.on_failure == OnFailure::skip);
    const Components parts = bench.parts(e);
    CHECK(parts.setup.data == parts.data.component.get());
    REQUIRE(parts.setup.evaluator != nullptr);
    CHECK(parts.setup.evaluator->metrics() == parts.evaluator->metrics());
    CHECK(parts.setup.costs.size() == 1);
    REQUIRE(parts.setup.constraints.size() == 1);
    CHECK(parts.setup.constraints[0].maximum == 40);
    CHECK(parts.setup.execution.workers == 2);
    REQUIRE(parts.setup.objectives.size() == 2);
    CHECK_FALSE(parts.setup.objectives[0].priced);
    CHECK(parts.setup.objectives[1].priced);
    CHECK(parts.strategy.component != nullptr);
    CHECK(parts.finals.size() == 1);
}

TEST_CASE("a part knows its role, what the experiment calls it and what identifies its results")
{
    ExperimentBench bench;
    const Components parts = bench.parts(bench.good(kWholeExperiment));
    const auto said = [](const auto& part) { return part.role + ' ' + part.name; };
    CHECK(said(parts.data) == "data numbers");
    CHECK(said(parts.space) == "space grid");
    CHECK(said(parts.costs.at(0)) == "cost 0 column");
    CHECK(said(parts.evaluator) == "evaluator blend");
    CHECK(said(parts.finals.at(0)) == "final 0 column");
    CHECK(said(parts.reward) == "reward product");
    CHECK(said(parts.strategy) == "strategy wander");
    CHECK(parts.costs[0].fingerprint.starts_with("column-"));
    CHECK(parts.finals[0].fingerprint.starts_with("column-"));
    CHECK(parts.strategy.fingerprint.empty());
    const std::string second = "{use: column, file: table.csv, column: pixel3_ms, as: ";
    const Components both = bench.parts(
        bench.good(replaced(replaced(kWholeExperiment, "constraints:", "  - " + second + "pixel3_ms}\nconstraints:"),
                            "reuse:", "  - " + second + "pixel3_late_ms}\nreuse:")));
    REQUIRE(both.costs.size() == 2);
    REQUIRE(both.finals.size() == 2);
    CHECK(both.costs[0].fingerprint == parts.costs[0].fingerprint);
    CHECK(both.costs[1].fingerprint != both.costs[0].fingerprint);
    CHECK(both.finals[0].fingerprint == parts.finals[0].fingerprint);
    CHECK(both.finals[1].fingerprint != both.finals[0].fingerprint);
    CHECK_FALSE(bench.parts(bench.good(kMinimal)).evaluator);
}

TEST_CASE("replicas that no component asks for are an error")
{
    ExperimentBench bench;
    const std::string known =
        "evaluator: {use: blend, of: {use: score, fast: true}}\ndata: {use: numbers, path: numbers}\n";
    const std::string ignored = "evaluator: {use: blend, of: {use: score}}\n";
    const std::string three = "execution: {replicas: 3}\n";
    CHECK(bench.errors(kMinimal + known + three).empty());
    CHECK(bench.errors(kMinimal + ignored + "execution: {replicas: 1}\n").empty());
    CHECK(bench.errors(kMinimal + ignored + three) ==
          Errors{"e.yaml:4:23: execution.replicas: 3 would have no effect: no component of this experiment cuts its "
                 "batches into replicas"});
    // whoever could not be made might have asked
    CHECK(bench.errors(kMinimal + ignored + three + "costs: [{use: ruler}]\n").size() == 1);
    CHECK(bench.errors(kMinimal + ignored + "execution: {replicas: 2}\n").size() == 1);
    const Experiment e = bench.good(kMinimal + known + three);
    CHECK(e.replicas == 3);
    CHECK(bench.parts(e).setup.replicas() == 3);
    CHECK(Setup{}.replicas() == 1);
}

TEST_CASE("only a space and a strategy are needed; the name is the file's")
{
    ExperimentBench bench;
    const Experiment e = bench.good(kMinimal);
    CHECK(e.name == "e");
    CHECK(e.seed == 1);
    CHECK(e.objectives.empty());
    CHECK(bench.parts(e).evaluator.component == nullptr);
    CHECK(bench.errors("seed: 1\n") == Errors{"e.yaml:1:1: 'space' is missing: the architectures to search",
                                              "e.yaml:1:1: 'strategy' is missing: the search method"});
    CHECK_THAT(bench.errors("").at(0), ContainsSubstring("e.yaml: an experiment is a map of keys"));
    CHECK_THAT(bench.errors("[1]").at(0), ContainsSubstring("e.yaml:1:1: an experiment is a map of keys"));
}

TEST_CASE("all errors of a file come in one go, in the order of the file")
{
    ExperimentBench bench;
    const Errors errors = bench.errors(R"(space: {use: grid, decisoins: 4}
evaluator:
  use: scoer
costs:
  - {use: column, file: table.csv, column: raspi_ms}
constraints: [{metric: latency_ms, maximum: 40}]
strategy:
  use: wander
  epochs: none
  learning_rate: 2
budget: {evaluations: 0}
)");
    REQUIRE(errors.size() == 7);
    CHECK(errors[0] ==
          "e.yaml:1:20: space.decisoins: unknown key 'decisoins'; did you mean 'decisions'?; allowed: use, decisions, "
          "labels");
    CHECK(errors[1] ==
          "e.yaml:3:8: evaluator.use: there is no evaluator 'scoer'; did you mean 'score'?; allowed: blend, column, "
          "ready, ruler, score, stopwatch");
    CHECK_THAT(errors[2], ContainsSubstring("e.yaml:5:44: costs.0.column: 'raspi_ms' is no column"));
    CHECK_THAT(errors[3], ContainsSubstring("e.yaml:6:36: constraints.0.maximum: unknown key 'maximum'"));
    CHECK_THAT(errors[4], ContainsSubstring("e.yaml:9:11: strategy.epochs: 'none' is not a whole number from 1"));
    CHECK_THAT(errors[5], ContainsSubstring("e.yaml:10:18: strategy.learning_rate: 2 is out of range"));
    CHECK_THAT(errors[6], ContainsSubstring("e.yaml:11:23: budget.evaluations: 0 is out of range"));
}

TEST_CASE("a part is tried although another one is wrong, and does not complain of what it misses")
{
    ExperimentBench bench;
    const std::string wrong_evaluator = replaced(kWholeExperiment, "use: blend", "use: blend\n  oops: 1");
    CHECK(bench.errors(wrong_evaluator).size() == 1);  // no "nothing gives the metric blend"
    const std::string and_column = replaced(wrong_evaluator, "column: raspi4_ms", "column: raspi_ms");
    const Errors errors = bench.errors(and_column);
    REQUIRE(errors.size() == 2);
    CHECK_THAT(errors[0], ContainsSubstring("evaluator.oops"));
    CHECK(errors[1] ==
          "e.yaml:13:44: costs.0.column: 'raspi_ms' is no column; did you mean 'raspi4_ms'?; allowed: arch, raspi4_ms, "
          "pixel3_ms, accuracy_pct");
    const std::string needs = replaced(kWholeExperiment, "epochs: 20", "needs_latency: true");
    CHECK(bench.errors(needs).empty());
    CHECK(bench.errors(replaced(needs, "column: raspi4_ms", "column: raspi_ms")).size() == 1);
    CHECK(bench.errors(replaced(needs, "column: raspi4_ms", "column: raspi4_ms, oops: 1")).size() == 1);
    CHECK(bench.errors(replaced(needs, ", {metric: latency_ms, goal: min}", "")).at(0) ==
          "e.yaml:17:3: strategy: no objective is priced by a cost model; add one of `costs` to `objectives`");
}

TEST_CASE("an unknown key says where it belongs")
{
    ExperimentBench bench;
    CHECK_THAT(bench.errors("epochs: 5\n" + kMinimal).at(0),
               ContainsSubstring("e.yaml:1:1: epochs: unknown key 'epochs'; it belongs to 'strategy' (wander)"));
    CHECK_THAT(bench.errors("space: {use: grid, evaluations: 5}\nstrategy: {use: wander}\n").at(0),
               ContainsSubstring("unknown key 'evaluations'; it belongs to 'budget'"));
    CHECK_THAT(bench.errors("strategy: {use: wander, seed: 5}\nspace: {use: grid}\n").at(0),
               ContainsSubstring("it belongs to the top level"));
    CHECK_THAT(bench.errors("use: grid\n" + kMinimal).at(0), ContainsSubstring("e.yaml:1:1: use: unknown key 'use'"));
}

TEST_CASE("of the places that an unknown key belongs to three are told, nested ones by their paths")
{
    ExperimentBench bench;
    const std::string nested =
        "evaluator: {use: blend, of: {use: blend, of: {use: score}}, others: [{use: score}, {use: score}]}\n";
    CHECK_THAT(bench.errors("repeats: 5\n" + kMinimal + nested).at(0),
               ContainsSubstring("; it belongs to 'evaluator.of.of' (score) or 'evaluator.others.0' (score) or "
                                 "'evaluator.others.1' (score)"));
    CHECK_THAT(bench.errors("enforce: never\nrun: there\n" + kMinimal).at(0),
               ContainsSubstring("; it belongs to 'constraints'"));
    const Errors metric = bench.errors("metric: x\n" + kMinimal + nested);
    REQUIRE(metric.size() == 1);
    CHECK_THAT(metric[0], ContainsSubstring("; it belongs to 'constraints' or 'objectives'"));
}

TEST_CASE("a misspelt key beside the right one, or a second time, is not checked as it")
{
    ExperimentBench bench;
    CHECK(bench.errors("space: {use: grid}\nstrategy: {use: wander, epochs: 5, epohcs: 0}\n").size() == 1);
    CHECK(bench.errors("space: {use: grid}\nstrategy: {use: wander, epohcs: 0, epochs: 5}\n").size() == 1);
    CHECK(bench.errors("space: {use: grid}\nstrategy: {use: wander, epohcs: 0, epocsh: 0}\n").size() == 3);
}

TEST_CASE("without any plug-in every component is missing")
{
    const TemporaryFolder empty;
    const std::vector<std::filesystem::path> nowhere{empty.path()};
    Diagnostics diagnostics;
    parse_experiment(kMinimal, "e.yaml", {}, Catalog{nowhere}, diagnostics);
    const std::string searched =
        "; no plug-in that was found has one; plug-ins were searched in " + empty.path().string();
    CHECK(lines(diagnostics) == Errors{"e.yaml:1:14: space.use: there is no search space 'grid'" + searched,
                                       "e.yaml:2:17: strategy.use: there is no strategy 'wander'" + searched});
}

TEST_CASE("a misspelt key is told once and its value is checked as the one that was meant")
{
    ExperimentBench bench;
    const Errors errors = bench.errors("space: {ues: grid, decisions: 0}\nstratgy: {use: wander, epohcs: 0}\n");
    REQUIRE(errors.size() == 5);
    CHECK_THAT(errors[0], ContainsSubstring("e.yaml:1:9: space.ues: unknown key 'ues'; did you mean 'use'?"));
    CHECK_THAT(errors[1], ContainsSubstring("e.yaml:1:31: space.decisions: 0 is out of range"));
    CHECK_THAT(errors[2], ContainsSubstring("e.yaml:2:1: stratgy: unknown key 'stratgy'; did you mean 'strategy'?"));
    CHECK_THAT(errors[3], ContainsSubstring("e.yaml:2:24: stratgy.epohcs: unknown key 'epohcs'"));
    CHECK_THAT(errors[4], ContainsSubstring("e.yaml:2:32: stratgy.epohcs: 0 is out of range"));
}

TEST_CASE("a component of another kind is named as what it is")
{
    ExperimentBench bench;
    CHECK_THAT(bench.errors("space: {use: score}\nstrategy: {use: column}\n").at(0),
               ContainsSubstring("e.yaml:1:14: space.use: 'score' is an evaluator, not a search space"));
    CHECK_THAT(bench.errors(kMinimal + "costs: [{use: score}]\n").at(0),
               ContainsSubstring("costs.0.use: 'score' is an evaluator, not a cost model; allowed: column"));
    CHECK(bench.errors(kMinimal + "evaluator: {use: column, file: table.csv, column: accuracy_pct}\n").empty());
    CHECK_THAT(bench.errors(kMinimal + "evaluator: score\n").at(0),
               ContainsSubstring("e.yaml:3:12: evaluator: must be of kind evaluator: a map with `use`"));
    CHECK_THAT(bench.errors(kMinimal + "evaluator: {use: [score]}\n").at(0),
               ContainsSubstring("e.yaml:3:18: evaluator.use: must be the name of an evaluator"));
    CHECK_THAT(bench.errors(kMinimal + "costs: {use: column}\n").at(0), ContainsSubstring("costs: must be a list"));
}

TEST_CASE("nested components are checked as deep as they go")
{
    ExperimentBench bench;
    const std::string start = "space: {use: grid}\nstrategy: {use: wander}\nevaluator: {use: blend, of: ";
    CHECK_THAT(bench.errors(start + "{use: blend, of: {use: score, niose: 1}}}\n").at(0),
               ContainsSubstring("e.yaml:3:59: evaluator.of.of.niose: unknown key 'niose'; did you mean 'noise'?"));
    CHECK_THAT(bench.errors(start + "{use: score}, others: [{use: score}, {use: scoer}]}\n").at(0),
               ContainsSubstring("e.yaml:3:72: evaluator.others.1.use: there is no evaluator 'scoer'"));
    CHECK_THAT(bench.errors(start + "{use: score}, metrics: [quality, qualtiy]}\n").at(0),
               ContainsSubstring("e.yaml:3:62: evaluator.metrics.1: 'qualtiy' is not given; did you mean 'quality'?"));
    CHECK_THAT(bench.errors("space: {use: grid}\nstrategy: {use: wander, guide: {use: blend}}\n").at(0),
               ContainsSubstring("strategy.guide.use: 'blend' is an evaluator, not a cost model"));
}

TEST_CASE("sections refuse what makes no sense")
{
    ExperimentBench bench;
    const auto error = [&](const std::string& section) {
        return bench.errors(kMinimal + "evaluator: {use: score, gives: [x]}\n" + section + "\n").at(0);
    };
    CHECK_THAT(error("constraints: [{metric: x}]"), ContainsSubstring("e.yaml:4:15: constraints.0: bounds nothing"));
    CHECK_THAT(error("constraints: [{metric: x, min: 2, max: 1}]"), ContainsSubstring("min 2 is above max 1"));
    CHECK_THAT(error("constraints: [{metric: x, max: 1, enforce: never}]"),
               ContainsSubstring("'never' is not allowed; allowed: search, winners"));
    CHECK_THAT(error("constraints: {metric: x, max: 1}"), ContainsSubstring("must be a list of maps"));
    CHECK_THAT(error("constraints: [3]"),
               ContainsSubstring("e.yaml:4:15: constraints.0: must be a map; allowed: metric"));
    CHECK_THAT(error("objectives: [{metric: x}]"), ContainsSubstring("'goal' is missing"));
    CHECK_THAT(error("objectives: [{metric: x, goal: max}, {metric: x, goal: min}]"),
               ContainsSubstring("e.yaml:4:47: objectives.1.metric: 'x' is an objective already"));
    for (const std::string device : {"cuda:x", "cuda:", "cuda:1x", "cuda:1000", "cuda1", "cpu:0"})
        CHECK_THAT(error("execution: {device: '" + device + "'}"), ContainsSubstring("'" + device + "' is no device"));
    CHECK_THAT(error("execution: {device: [cuda, gpu]}"),
               ContainsSubstring("e.yaml:4:28: execution.device.1: 'gpu' is no device"));
    CHECK_THAT(error("execution: {device: [cuda, cpu]}"),
               ContainsSubstring("e.yaml:4:28: execution.device.1: mixes cpu with other devices"));
    CHECK_THAT(error("execution: {device: [cpu, cuda]}"),
               ContainsSubstring("e.yaml:4:27: execution.device.1: mixes cpu with other devices"));
    CHECK_THAT(error("execution: {device: []}"), ContainsSubstring("execution.device: names no device"));
    CHECK_THAT(error("execution: {device: {a: 1}}"), ContainsSubstring("execution.device: must be text, not {a: 1}"));
    CHECK_THAT(error("execution: {replicas: 0}"), ContainsSubstring("0 is out of range"));
    CHECK_THAT(error("execution: {on_failure: retry}"), ContainsSubstring("retry needs `retries`"));
    CHECK_THAT(error("execution: {retries: 2}"), ContainsSubstring("only with on_failure: retry"));
    CHECK_THAT(error("execution: {workers: 0}"), ContainsSubstring("0 is out of range"));
    CHECK_THAT(error("execution: {workers: 5000000000}"), ContainsSubstring("out of range"));
    CHECK_THAT(error("budget:"), ContainsSubstring("budget: must be a map; allowed: evaluations, minutes"));
    CHECK_THAT(error("seed: -1"), ContainsSubstring("e.yaml:4:7: seed: -1 is out of range"));
    CHECK_THAT(error("name: ''"), ContainsSubstring("the name is empty"));
    CHECK_THAT(error("start: {best: 3}"), ContainsSubstring("'run' is missing"));
    CHECK(bench.good(kMinimal + "execution: {device: 'cuda:1', on_failure: retry, retries: 2}\n").retries == 2);
    using Devices = std::vector<std::string>;
    CHECK(bench.good(kMinimal).execution.devices == Devices{"cpu"});
    CHECK(bench.good(kMinimal + "execution: {device: cuda}\n").execution.devices == Devices{"cuda"});
    const Experiment several = bench.good(kMinimal + "execution: {device: [cuda:1, cuda:0]}\n");
    CHECK(several.execution.devices == Devices{"cuda:1", "cuda:0"});
    CHECK(several.execution.device == "cuda:1");
    CHECK_THAT(several.resolved, ContainsSubstring("device: [\"cuda:1\", \"cuda:0\"]"));
    CHECK(bench.good(kMinimal + "reuse: other\n").reuse ==
          std::vector<std::filesystem::path>{bench.folder() / "other"});
    const Experiment warm = bench.good(kMinimal + "start: {run: other, best: 50}\n");
    CHECK(warm.start == bench.folder() / "other");
    CHECK(warm.start_best == 50);
    CHECK(bench.good(kMinimal + "execution: {timeout_s: 2.5}\n").timeout_s == 2.5);
    CHECK(bench.good(kMinimal + "constraints: [{metric: x, min: 3}]\n").constraints.at(0).minimum == 3);
}

TEST_CASE("metrics are known by where they come from")
{
    ExperimentBench bench;
    const auto error = [&](const std::string& from, const std::string& to) {
        const Errors errors = bench.errors(replaced(kWholeExperiment, from, to));
        REQUIRE(errors.size() == 1);
        return errors[0];
    };
    CHECK(error("{metric: blend", "{metric: belnd") ==
          "e.yaml:14:23: objectives.0.metric: nothing in the search gives the metric 'belnd'; did you mean 'blend'?; "
          "known "
          "in the search: blend (from 'evaluator'), latency_ms (from 'costs.0')");
    CHECK_THAT(
        error("{metric: latency_ms, max", "{metric: latency, max"),
        ContainsSubstring("e.yaml:13:24: constraints.0.metric: nothing in the search gives the metric 'latency'"));
    CHECK_THAT(
        error("score: blend", "score: top1_pct"),
        ContainsSubstring("e.yaml:15:31: reward.score: 'top1_pct' is known only after `final`, where 'final.0'"));
    CHECK_THAT(error("score: blend, ", ""),
               ContainsSubstring("e.yaml:15:9: reward: score: nothing in the search gives the metric 'quality'"));
    CHECK_THAT(error("watched: blend", "watched: bled"), ContainsSubstring("e.yaml:20:12: strategy.watched: nothing"));
    CHECK_THAT(error("epochs: 20", "taste: {use: product, latency: latnecy_ms, target: 1, score: blend}"),
               ContainsSubstring("e.yaml:18:34: strategy.taste.latency: nothing in the search gives"));
    CHECK_THAT(error("budget:", "costs2:"), ContainsSubstring("unknown key 'costs2'"));
    CHECK(error("as: latency_ms}",
                "as: latency_ms}\n  - {use: column, file: table.csv, column: pixel3_ms, as: latency_ms}") ==
          "e.yaml:13:5: costs.1: gives the metric 'latency_ms', which 'costs.0' in line 12 gives already; a metric has "
          "one "
          "source");
    // After the search the same may be measured once more.
    CHECK(bench.errors(replaced(kWholeExperiment, "as: top1_pct", "as: latency_ms")).empty());
    CHECK_THAT(bench.errors(kMinimal + "objectives: [{metric: x, goal: max}]\n").at(0),
               ContainsSubstring("no cost model or evaluator of this experiment gives any metric"));
}

TEST_CASE("one key is overridden from the command line")
{
    ExperimentBench bench;
    const Experiment e = bench.good(
        kWholeExperiment, {{"strategy.epochs", "100"}, {"costs.0.column", "pixel3_ms"}, {"strategy.mode", "quick"}});
    CHECK(e.strategy.find("epochs")->scalar == "100");
    CHECK(e.strategy.find("mode")->scalar == "quick");
    CHECK(e.costs[0].find("column")->scalar == "pixel3_ms");
    CHECK(bench.good(kMinimal, {{"budget.evaluations", "7"}}).budget.evaluations == 7U);
    CHECK(bench.good(kMinimal, {{"seed", "9"}}).seed == 9);
    CHECK(bench.good(kMinimal, {{"evaluator", "{use: score, fast: false}"}}).evaluator->find("use")->scalar == "score");
    CHECK(bench.good(kWholeExperiment, {{"costs.1", "{use: column, file: t.csv, column: c}"}}).costs.size() == 2);

    const auto error = [&](const Override& set) {
        const Errors errors = bench.errors(kWholeExperiment, {set});
        REQUIRE(errors.size() == 1);
        return errors[0];
    };
    CHECK_THAT(error({"strategy.epochs", "none"}),
               ContainsSubstring("--set strategy.epochs: 'none' is not a whole number"));
    CHECK_THAT(error({"strategy.epohcs", "5"}),
               ContainsSubstring("--set strategy.epohcs: unknown key 'epohcs'; did you mean 'epochs'?"));
    CHECK_THAT(error({"stratgy.epochs", "5"}),
               ContainsSubstring("--set stratgy.epochs: there is no 'stratgy'; did you mean 'strategy'?"));
    CHECK_THAT(error({"exectuion.workers", "2"}),
               ContainsSubstring("there is no 'exectuion'; did you mean 'execution'?"));  // which the file lacks
    CHECK_THAT(error({"costs.7.column", "x"}),
               ContainsSubstring("--set costs.7.column: '7' is no element of 'costs', which has 1"));
    CHECK_THAT(error({"seed.x", "5"}),
               ContainsSubstring("--set seed.x: 'x' is looked for in 'seed', which is neither"));
    CHECK_THAT(error({"strategy.epochs", "[1"}), ContainsSubstring("--set strategy.epochs:1:"));
    CHECK_THAT(error({"costs.0.column", "raspi"}), ContainsSubstring("--set costs.0.column: 'raspi' is no column"));
    CHECK_THAT(error({"reward.score", "belnd"}), ContainsSubstring("--set reward.score: nothing in the search gives"));
    CHECK_THAT(error({"evaluator", "{use: score, nosie: 1}"}),
               ContainsSubstring("--set evaluator: nosie: unknown key 'nosie'; did you mean 'noise'?"));
}

TEST_CASE("overrides follow each other, and reach lists, elements and sections that the file lacks")
{
    ExperimentBench bench;
    CHECK(bench.good(kMinimal, {{"seed", "9"}, {"seed", "10"}}).seed == 10);
    const Experiment empty = bench.good(kWholeExperiment, {{"costs.0.as", ""}});
    CHECK(empty.costs[0].find("as")->scalar.empty());
    CHECK_THAT(empty.resolved, ContainsSubstring("column: raspi4_ms, as: \"\""));
    CHECK(bench.good(kMinimal, {{"constraints.0", "{metric: latency_ms, max: 5}"}}).constraints.size() == 1);
    const Experiment added =
        bench.good(kWholeExperiment, {{"costs.1", "{use: column, file: a.csv, column: c}"}, {"costs.1.file", "b.csv"}});
    REQUIRE(added.costs.size() == 2);
    CHECK(added.costs[1].find("file")->scalar.ends_with("b.csv"));
    CHECK(added.costs[0].find("column")->scalar == "raspi4_ms");
    CHECK(bench.good(kWholeExperiment, {{"evaluator.others.0.noise", "0.3"}})
              .evaluator->find("others")
              ->items.at(0)
              .find("noise")
              ->scalar == "0.3");

    const auto errors = [&](const Override& set) {
        std::string all;
        for (const std::string& error : bench.errors(kWholeExperiment, {set}))
            all += error + "\n";
        return all;
    };
    CHECK_THAT(errors({"costs.2", "{use: macs}"}), ContainsSubstring("'2' is no element of 'costs', which has 1"));
    CHECK_THAT(errors({"costs.1.column", "x"}), ContainsSubstring("'1' is no element of 'costs', which has 1"));
    CHECK_THAT(errors({"costs.0x.column", "x"}), ContainsSubstring("'0x' is no element of 'costs'"));
    CHECK_THAT(errors({"space.budget.evaluations", "7"}), ContainsSubstring("there is no 'budget' in 'space'"));
    CHECK_THAT(errors({"evaluator.others.0.nosie", "1"}),
               ContainsSubstring("--set evaluator.others.0.nosie: unknown key 'nosie'"));
    CHECK_THAT(errors({"evaluator.others", "[{use: score, nosie: 1}]"}),
               ContainsSubstring("--set evaluator.others: 0.nosie: unknown key 'nosie'"));
    CHECK(errors({"name", ""}) == "--set name: the name is empty\n");
    CHECK_THAT(errors({"start.best", "3"}), ContainsSubstring("--set start.best: start: 'run' is missing"));
}

TEST_CASE("a relative path of an override is relative to the working directory, not to the file")
{
    namespace fs = std::filesystem;
    ExperimentBench bench;
    bench.write("other.csv", "arch,raspi4_ms\n0,1\n");
    const fs::path table = bench.folder() / "other.csv";
    const std::string from_here = fs::relative(table, fs::current_path()).string();
    REQUIRE(fs::path(from_here).is_relative());
    const std::string cost = "{use: column, column: raspi4_ms, as: latency_ms, file: " + from_here + "}";
    for (const Override& set :
         {Override{"costs.0.file", from_here}, Override{"costs.0", cost}, Override{"costs", "[" + cost + "]"}}) {
        INFO(set.path);
        const Experiment e = bench.good(kWholeExperiment, {set});
        CHECK_THAT(e.resolved, ContainsSubstring("{use: column, file: \"" + table.string() + "\""));
        CHECK(bench.parts(e).file_hashes.contains(table.string()));
    }
    const std::vector<Override> runs{{"reuse", from_here}, {"start.run", from_here}};
    CHECK(bench.good(kMinimal, {runs[0]}).reuse == std::vector<fs::path>{table});
    CHECK(bench.good(kMinimal, {runs[1]}).start == table);
    CHECK_THAT(bench.errors(kWholeExperiment, {{"costs.0.file", "other.csv"}}).at(0),
               ContainsSubstring("--set costs.0.file: 'other.csv' cannot be read"));
}

TEST_CASE("the resolved experiment has every default, absolute paths, and reads back as the same experiment")
{
    ExperimentBench bench;
    const Experiment e = bench.good(kWholeExperiment);
    const std::string folder = bench.folder().string();
    CHECK(e.resolved ==
          "name: whole\n"
          "seed: 3\n"
          "data: {use: numbers, path: \"" +
              folder +
              "/numbers\", count: 10}\n"
              "space: {use: grid, decisions: 4, labels: [a, b]}\n"
              "evaluator: {use: blend, of: {use: score, gives: [quality, extra], noise: 0.5, seed: 7, fast: false, "
              "repeats: 3}, "
              "others: "
              "[{use: score, gives: [quality], noise: 0.25, seed: 7, fast: false, repeats: 3}], metrics: [quality]}\n"
              "costs:\n"
              "  - {use: column, file: \"" +
              folder +
              "/table.csv\", column: raspi4_ms, as: latency_ms, scale: 1}\n"
              "constraints:\n"
              "  - {metric: latency_ms, max: 40, enforce: winners}\n"
              "objectives:\n"
              "  - {metric: blend, goal: max}\n"
              "  - {metric: latency_ms, goal: min}\n"
              "reward: {use: product, score: blend, latency: latency_ms, target: 40, alpha: 0.9}\n"
              "strategy: {use: wander, epochs: 20, learning_rate: 5e-4, mode: slow, watched: blend, needs_latency: "
              "false}\n"
              "budget: {evaluations: 500}\n"
              "execution: {workers: 2, threads: 1, device: cpu, replicas: 1, on_failure: skip, retries: 0, timeout_s: "
              "0}\n"
              "final:\n"
              "  - {use: column, file: \"" +
              folder +
              "/table.csv\", column: accuracy_pct, as: top1_pct, scale: 1}\n"
              "verify: []\nreuse: []\n");
    // Read from elsewhere, as `resume` does.
    Diagnostics diagnostics;
    const Experiment again =
        parse_experiment(e.resolved, "/elsewhere/run/experiment.yaml", {}, bench.catalog(), diagnostics);
    diagnostics.throw_if_any();
    CHECK(again.resolved == e.resolved);
    CHECK(again.name == e.name);
    CHECK(again.seed == e.seed);
    CHECK(again.constraints.size() == e.constraints.size());
    CHECK(again.constraints[0].winners_only);
    CHECK(again.execution.workers == e.execution.workers);
    const Components one = bench.parts(e), other = bench.parts(again);
    CHECK(one.costs.at(0).fingerprint == other.costs.at(0).fingerprint);
    CHECK(one.evaluator.fingerprint == other.evaluator.fingerprint);
    const std::string marks = std::filesystem::absolute("marks.txt").string();  // a default stands in no file
    CHECK_THAT(bench.good(kMinimal + "costs: [{use: ruler, unit: mm}]\n").resolved,
               ContainsSubstring("{use: ruler, unit: mm, marks: \"" + marks + "\""));
    CHECK(bench.good(kMinimal + "reuse: other\n").resolved.find("reuse:\n  - \"" + folder + "/other\"\n") !=
          std::string::npos);
}

TEST_CASE("a file that cannot be read, and runs that are none, are told")
{
    ExperimentBench bench;
    const auto told = [&](const std::filesystem::path& file) {
        Diagnostics diagnostics;
        read_experiment(file, {}, bench.catalog(), diagnostics);
        return lines(diagnostics);
    };
    CHECK_THAT(told(bench.folder() / "nowhere.yaml").at(0), ContainsSubstring("nowhere.yaml: no such file"));
    CHECK_THAT(told(bench.folder()).at(0), ContainsSubstring("is a folder, not a file"));
    bench.write("e.yaml", kMinimal + "reuse: [numbers]\nstart: {run: absent}\n");
    const Errors errors = told(bench.file());
    REQUIRE(errors.size() == 2);
    CHECK_THAT(errors[0],
               ContainsSubstring("e.yaml:3:9: reuse.0: '" + (bench.folder() / "numbers").string() + "' is not the"));
    CHECK_THAT(errors[1], ContainsSubstring("e.yaml:4:14: start.run:"));
    bench.write("e.yaml", kMinimal + "data: {use: numbers, path: '${ESPALIER_TEST_UNSET}/x'}\n");
    CHECK(told(bench.file()).size() == 1);
}
