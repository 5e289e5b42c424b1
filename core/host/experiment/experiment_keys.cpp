// SPDX-License-Identifier: Apache-2.0
#include "host/experiment/experiment_keys.hpp"

#include <algorithm>
#include <utility>

namespace espalier::host {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kLongestTimeout = 1e8;  // three years; ten times that is a clock's duration still

}  // namespace

void ExperimentOptions::describe(Describe<ExperimentOptions>& option)
{
    option("name", &ExperimentOptions::name, "what results and reports call this experiment; default: the file's name")
        .preset.clear();
    option("seed", &ExperimentOptions::seed, "of every random choice of the search; components have seeds of their own")
        .range(0, kInfinity);
    option("data", &ExperimentOptions::data, "examples that evaluators train and score with");
    option("space", &ExperimentOptions::space, "the architectures to search").must();
    option("evaluator", &ExperimentOptions::evaluator, "the costly part: what gives an architecture's quality");
    option("costs", &ExperimentOptions::costs, "cost models, asked before the evaluator");
    option("reward", &ExperimentOptions::reward, "makes one number of the metrics, for strategies that maximise one");
    option("strategy", &ExperimentOptions::strategy, "the search method").must();
    option("final", &ExperimentOptions::final, "evaluators and cost models for the winners alone, after the search");
    option("verify", &ExperimentOptions::verify,
           "cost models that price the winners again, after the search, to tell whether `costs` are to be trusted");
    option("reuse", &ExperimentOptions::reuse,
           "run directories, or one, or folders of seeds, whose results are taken over where the component's "
           "fingerprint is equal");
}

void ConstraintOptions::describe(Describe<ConstraintOptions>& option)
{
    option("metric", &ConstraintOptions::metric, "what is bounded; a metric of the search").must();
    option("min", &ConstraintOptions::min, "lowest value allowed");
    option("max", &ConstraintOptions::max, "highest value allowed");
    option("enforce", &ConstraintOptions::enforce,
           "search: candidates outside are dropped; winners: they only cannot win")
        .one_of({"search", "winners"});
}

void ObjectiveOptions::describe(Describe<ObjectiveOptions>& option)
{
    option("metric", &ObjectiveOptions::metric, "what makes a winner; a metric of the search").must();
    option("goal", &ObjectiveOptions::goal, "which values are better").one_of({"max", "min"}).must().preset.clear();
}

void WinnersOptions::describe(Describe<WinnersOptions>& option)
{
    option("keep", &WinnersOptions::keep, "how many of the best different networks of the search go to `final`")
        .must()
        .range(1, kInfinity)
        .preset.clear();
    option("by", &WinnersOptions::by, "what decides among them; a metric of `final`").must();
    option("goal", &WinnersOptions::goal, "which of its values are better").one_of({"max", "min"});
}

void BudgetOptions::describe(Describe<BudgetOptions>& option)
{
    option("evaluations", &BudgetOptions::evaluations, "new architectures that may be evaluated").range(1, kInfinity);
    option("minutes", &BudgetOptions::minutes, "after which no further one is begun").range(0.001, kInfinity);
}

void ExecutionOptions::describe(Describe<ExecutionOptions>& option)
{
    option("workers", &ExecutionOptions::workers, "architectures evaluated at the same time; changes no result")
        .range(1, 4096);
    option("threads", &ExecutionOptions::threads,
           "of one architecture's tensor work; stored, a resumed run needs the same")
        .range(1, 4096);
    option("device", &ExecutionOptions::device,
           "where tensors live: cpu, cuda, or cuda:1 for the second one; of several, workers get them in turn")
        .preset = "cpu";
    option("replicas", &ExecutionOptions::replicas,
           "parts that the batch of a training is cut into, each with normalisation statistics of its own; they belong "
           "to the results")
        .range(1, 4096);
    option("on_failure", &ExecutionOptions::on_failure,
           "of one architecture. skip: recorded, the search goes on; retry: `retries` times first; abort: the run ends")
        .one_of({"skip", "retry", "abort"});
    option("retries", &ExecutionOptions::retries, "further attempts with on_failure: retry").range(0, 1000);
    option("timeout_s", &ExecutionOptions::timeout_s, "seconds after which an evaluation has failed; 0: never")
        .range(0, kLongestTimeout);
}

void StartOptions::describe(Describe<StartOptions>& option)
{
    option("run", &StartOptions::run, "directory of the run whose evaluations the strategy may learn from")
        .must()
        .preset.clear();
    option("best", &StartOptions::best, "only that many of them, the best first; 0: all").range(0, kInfinity);
}

bool may_stand_alone(const Option& option)
{
    return option.list && option.type != OptionType::component;
}

Config listed(Config value)
{
    if (value.type == Config::Type::list)
        return value;
    Config list = value;
    list.type = Config::Type::list;
    list.scalar.clear();
    list.items = {std::move(value)};
    return list;
}

std::span<const Option> experiment_options()
{
    static const std::vector<Option> options = options_of<ExperimentOptions>();
    return options;
}

std::span<const Section> experiment_sections()
{
    static const std::vector<Section> sections{
        {"constraints", "bounds on metrics", true, options_of<ConstraintOptions>()},
        {"objectives", "what makes a winner; several: the front of those that no other one dominates", true,
         options_of<ObjectiveOptions>()},
        {"winners", "a shortlist: the best of the search, among which `final` decides", false,
         options_of<WinnersOptions>()},
        {"budget", "when the search ends at the latest; without it the strategy ends by itself", false,
         options_of<BudgetOptions>()},
        {"execution", "how the machine is used", false, options_of<ExecutionOptions>()},
        {"start", "an earlier run to learn from", false, options_of<StartOptions>()},
    };
    return sections;
}

const Section* experiment_section(std::string_view name)
{
    const std::span<const Section> sections = experiment_sections();
    const auto found = std::ranges::find(sections, name, &Section::name);
    return found == sections.end() ? nullptr : &*found;
}

std::span<const std::string> experiment_keys()
{
    static const std::vector<std::string> keys{
        "name",     "seed",   "data",      "space", "evaluator", "costs",  "constraints", "objectives", "reward",
        "strategy", "budget", "execution", "final", "winners",   "verify", "reuse",       "start"};
    return keys;
}

}  // namespace espalier::host
