// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "espalier/setup.hpp"

namespace espalier {

/// A number that may be left out, with no default: such an option is not in the resolved experiment.
template <class T>
struct OptionTraits<std::optional<T>> {
    static void describe(Option& o) { OptionTraits<T>::describe(o); }
    static std::string shown(const std::optional<T>& v) { return v ? OptionTraits<T>::shown(*v) : ""; }
    static void read(const Config& c, std::optional<T>& v) { OptionTraits<T>::read(c, v.emplace()); }
};

}  // namespace espalier

namespace espalier::host {

// The keys of an experiment file, described as components describe theirs: checks, the resolved file, the documentation
// and the JSON Schema all come from here.

/// The keys of the top level that hold a value or components.
struct ExperimentOptions {
    std::string name;
    std::uint64_t seed = 1;
    Use<Data> data;
    Use<SearchSpace> space;
    Use<Evaluator> evaluator;
    std::vector<Use<CostModel>> costs;
    Use<Reward> reward;
    Use<Strategy> strategy;
    std::vector<Use<Evaluator>> final;
    std::vector<Use<CostModel>> verify;
    std::vector<std::filesystem::path> reuse;
    static void describe(Describe<ExperimentOptions>&);
};

struct ConstraintOptions {
    MetricName metric;
    std::optional<double> min, max;
    std::string enforce = "search";
    static void describe(Describe<ConstraintOptions>&);
};

struct ObjectiveOptions {
    MetricName metric;
    std::string goal;
    static void describe(Describe<ObjectiveOptions>&);
};

struct WinnersOptions {
    std::uint64_t keep = 1;
    MetricName by;
    std::string goal = "max";
    static void describe(Describe<WinnersOptions>&);
};

struct BudgetOptions {
    std::optional<std::uint64_t> evaluations;
    std::optional<double> minutes;
    static void describe(Describe<BudgetOptions>&);
};

struct ExecutionOptions {
    int workers = 1, threads = 1;
    std::vector<std::string> device{"cpu"};
    int replicas = 1;
    std::string on_failure = "skip";
    int retries = 0;
    double timeout_s = 0;
    static void describe(Describe<ExecutionOptions>&);
};

struct StartOptions {
    std::filesystem::path run;
    std::uint64_t best = 0;
    static void describe(Describe<StartOptions>&);
};

/// A key of the top level whose value is a map of its own, or a list of such maps.
struct Section {
    std::string name, help;
    bool list = false;
    std::vector<Option> options;
};

template <class Struct>
std::vector<Option> options_of()
{
    Describe<Struct> described;
    Struct::describe(described);
    return described.options;
}

/// A list of values may be written as its only value: `device: cpu`.
bool may_stand_alone(const Option&);
/// The only value as a list of one; a list as it is.
Config listed(Config value);

/// Of ExperimentOptions, in the order in which they are written.
std::span<const Option> experiment_options();
std::span<const Section> experiment_sections();
const Section* experiment_section(std::string_view name);
/// All keys of the top level in the order in which the resolved file and the documentation have them.
std::span<const std::string> experiment_keys();

}  // namespace espalier::host
