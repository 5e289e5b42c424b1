// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>

#include "app/command.hpp"
#include "app/exit_status.hpp"
#include "app/experiment_file.hpp"
#include "app/grouped_runs.hpp"
#include "app/true_front.hpp"
#include "host/compare/comparison_page.hpp"
#include "host/compare/comparison_tables.hpp"

namespace espalier::app {

namespace fs = std::filesystem;

namespace {

/// "metric=value,..." of an option, in order.
std::vector<std::pair<std::string, std::string>> pairs(const Arguments& arguments, const char* option,
                                                       const char* example)
{
    std::vector<std::pair<std::string, std::string>> all;
    for (const std::string& pair : arguments.list(option)) {
        const std::size_t equals = pair.find('=');
        if (equals == std::string::npos || equals == 0)
            throw UsageError(fmt::format("--{} {}: must be {}", option, pair, example));
        const std::string metric = pair.substr(0, equals);
        if (std::ranges::find(all, metric, &std::pair<std::string, std::string>::first) != all.end())
            throw UsageError(fmt::format("--{}: '{}' is given twice", option, metric));
        all.emplace_back(metric, pair.substr(equals + 1));
    }
    return all;
}

std::map<std::string, double> chosen_reference(const Arguments& arguments)
{
    std::map<std::string, double> reference;
    for (const auto& [metric, text] : pairs(arguments, "reference", "METRIC=VALUE,..., for example latency_ms=70")) {
        double value = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value))
            throw UsageError(fmt::format("--reference {}={}: '{}' is no finite number", metric, text, text));
        reference[metric] = value;
    }
    return reference;
}

std::string objectives_text(const std::vector<Objective>& objectives)
{
    std::vector<std::string> texts;
    texts.reserve(objectives.size());
    for (const Objective& objective : objectives)
        texts.push_back(objective.metric + (objective.maximise ? "=max" : "=min"));
    std::ranges::sort(texts);
    return fmt::format("{}", fmt::join(texts, ","));
}

/// Of the option, else of the first run.
std::vector<Objective> chosen_objectives(const Arguments& arguments, const host::Experiment& first,
                                         const std::string& run)
{
    std::vector<Objective> objectives;
    for (const auto& [metric, goal] : pairs(arguments, "objectives", "METRIC=max or METRIC=min, separated by commas")) {
        if (goal != "max" && goal != "min")
            throw UsageError(fmt::format("--objectives {}={}: must be max or min", metric, goal));
        objectives.push_back({metric, goal == "max"});
    }
    if (objectives.empty())
        objectives = first.objectives;
    if (objectives.empty())
        throw UsageError(run +
                         ": its experiment has no objectives; name them: --objectives top1_pct=max,latency_ms=min");
    return objectives;
}

std::string text_of(const host::Experiment& experiment, const char* section)
{
    const Config* found = experiment.root.find(section);
    const bool empty = found == nullptr || found->type == Config::Type::null ||
                       (found->type == Config::Type::list && found->items.empty());
    return empty ? "" : to_yaml(*found);
}

/// Sections in which runs differ from the first one that is compared.
class Differences {
public:
    void look(const host::Experiment& first, const std::string& first_name, const host::Experiment& other,
              const std::string& other_name)
    {
        for (Difference& difference : all_)
            if (text_of(first, difference.section) != text_of(other, difference.section) && ++difference.runs == 1)
                difference.pair = fmt::format("{} and {}", first_name, other_name);
    }
    /// One sentence a section: the first pair, and how many more there are.
    void tell(std::vector<std::string>& warnings) const
    {
        for (const Difference& difference : all_)
            if (difference.runs > 0)
                warnings.push_back(fmt::format(
                    "{} have another `{}`{}: see that equal metrics mean the same", difference.pair, difference.section,
                    difference.runs > 1 ? fmt::format(", and so have {} more", difference.runs - 1) : std::string()));
    }

private:
    struct Difference {
        const char* section;
        std::size_t runs = 0;
        std::string pair = {};
    };
    std::vector<Difference> all_{{"evaluator"}, {"costs"}, {"constraints"}};
};

/// What makes two runs' numbers incomparable.
void check_alike(const host::Experiment& first, const std::string& first_name, const host::Experiment& other,
                 const std::string& other_name, const Arguments& arguments, Differences& differences)
{
    const bool any_space = arguments.has("any-space");
    if (!arguments.has("objectives") && objectives_text(first.objectives) != objectives_text(other.objectives))
        throw UsageError(
            fmt::format("{} and {} have other objectives ({} and {}): a hypervolume compares equal ones; "
                        "choose some that both measure with --objectives",
                        first_name, other_name, objectives_text(first.objectives), objectives_text(other.objectives)));
    if (!any_space && text_of(first, "space") != text_of(other, "space"))
        throw UsageError(
            fmt::format("{} and {} search other spaces ({} and {}); compare them all the same with "
                        "--any-space",
                        first_name, other_name, text_of(first, "space"), text_of(other, "space")));
    differences.look(first, first_name, other, other_name);
}

void write_file(const std::string& file, const std::string& text)
{
    std::ofstream out(file, std::ios::binary);
    out << text;
    out.close();
    if (!out)
        throw Error(file + ": cannot be written");
}

void print(const host::Table& table, host::Format format, const char* heading)
{
    if (table.rows.empty())
        return;
    std::printf("%s%s", heading, host::to_text(table, format).c_str());
}

int compare(const Arguments& arguments)
{
    const host::Format format =
        arguments.choice(kFormat.name, {"table", "markdown"}) == "table" ? host::Format::table : host::Format::markdown;
    const std::string counted = arguments.choice("count", {"evaluations", "rows"});
    const host::Counted counting = counted == "rows" ? host::Counted::rows : host::Counted::evaluations;
    const std::vector<int> given = arguments.counts("at");
    const std::vector<std::size_t> counts(given.begin(), given.end());
    host::ComparisonOptions options;
    options.reference = chosen_reference(arguments);
    options.normalise = arguments.has("normalise");
    options.thresholds = arguments.values("threshold");

    const host::Catalog catalog = find_plugins(arguments);
    std::vector<GroupedRun> runs = grouped_runs(arguments, catalog);
    const GroupedRun& first = runs.front();
    const std::vector<Objective> objectives = chosen_objectives(arguments, first.experiment, first.run.name);
    Differences differences;
    std::vector<host::ComparedGroup> groups;
    for (GroupedRun& grouped : runs) {
        check_alike(first.experiment, first.run.name, grouped.experiment, grouped.run.name, arguments, differences);
        host::Experiment judged = grouped.experiment;
        judged.objectives = objectives;
        auto group = std::ranges::find(groups, grouped.group, &host::ComparedGroup::name);
        if (group == groups.end()) {
            group = groups.emplace(groups.end());
            group->name = grouped.group;
        }
        group->runs.push_back(host::read_compared_run(grouped.run, judged, counting));
        const host::ComparedRun& read = group->runs.back();
        if (read.points.empty() && read.no_points > 0 && arguments.has("objectives"))
            throw UsageError(fmt::format("{}: none of its {} evaluations has all of {}", read.name, read.no_points,
                                         objectives_text(objectives)));
    }
    if (const std::optional<std::string> front = arguments.value("true-front"))
        options.true_front = read_true_front(*front, objectives, catalog);

    host::Comparison comparison;
    try {
        comparison = host::compare(objectives, std::move(groups), options);
    } catch (const Error& error) {  // it is about what was asked for
        throw UsageError(error.what());
    }
    differences.tell(comparison.warnings);
    print(host::group_table(comparison, counts), format, "");
    print(host::threshold_table(comparison, true), format,
          fmt::format("\n{} to a threshold\n{}", counted, format == host::Format::markdown ? "\n" : "").c_str());
    print(host::ratio_table(comparison), format,
          fmt::format("\nhow many times as many\n{}", format == host::Format::markdown ? "\n" : "").c_str());
    if (const std::optional<std::string> file = arguments.value("csv"))
        write_file(*file, host::to_text(host::curve_table(comparison), host::Format::csv));
    if (const std::optional<std::string> file = arguments.value("html"))
        write_file(*file, host::comparison_page(comparison, arguments.value("title").value_or("Comparison of searches"),
                                                counted, counts));
    std::fflush(stdout);
    for (const std::string& warning : comparison.warnings)
        std::fprintf(stderr, "%s\n", warning.c_str());
    return kDone;
}

}  // namespace

Command compare_command()
{
    return {
        .name = "compare",
        .positional = "RUN...",
        .summary = "hypervolume over evaluations of several methods",
        .description =
            "Compares searches: the exact hypervolume of what each found over its evaluations, mean and standard\n"
            "deviation over the runs of a group, and how many evaluations each group needs to get where another one\n"
            "is. Runs are grouped by their strategy unless --group says otherwise; a folder made with `run --seeds`\n"
            "is one run a seed. Failed and infeasible architectures count and are in no front.",
        .least_positional = 0,
        .options =
            {{"group", "NAME=RUN,...",
              "runs, folders of runs or patterns (runs/ours-*) that are one method; a name given again adds to it",
              true},
             {"reference", "METRIC=VALUE,...",
              "corner of the hypervolume; without it the worst value that any run found"},
             {"normalise", nullptr, "divide by the box between the best values and the reference"},
             {"true-front", "RUN|CSV", "divide by the hypervolume of a run, or of a CSV file with the objectives"},
             {"threshold", "GROUP@COUNT",
              "the hypervolume of that group after that many; without count: at its end. Default: every group's "
              "end",
              true},
             {"at", "N,...", "also show the hypervolume after so many"},
             {"count", "WHAT", "evaluations (default): what was paid for; rows: every distinct architecture"},
             {"objectives", "METRIC=max,...", "other objectives than the experiments'"},
             {"any-space", nullptr, "also runs that search different spaces"},
             {"csv", "FILE", "write the curves: group,run,seed,count,hypervolume,spread,runs"},
             {"html", "FILE", "write a page with fronts, curves, thresholds and runs"},
             {"title", "TEXT", "heading of the page"},
             {"format", "FORMAT", "table (default) or markdown"},
             kPluginPath},
        .run = compare};
}

}  // namespace espalier::app
