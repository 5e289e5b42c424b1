// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <cstdio>

#include <fmt/format.h>

#include "espalier/number_in.hpp"

#include "app/command.hpp"
#include "app/comparable.hpp"
#include "app/exit_status.hpp"
#include "app/experiment_file.hpp"
#include "app/output.hpp"
#include "app/true_front.hpp"
#include "host/compare/comparison_page.hpp"
#include "host/compare/comparison_tables.hpp"

namespace espalier::app {

namespace {

/// "metric=value,..." of an option, in order.
std::vector<std::pair<std::string, std::string>> pairs(const Arguments& arguments, const char* option, const char* form)
{
    std::vector<std::pair<std::string, std::string>> all;
    for (const std::string& pair : arguments.list(option)) {
        all.push_back(key_and_value(option, pair, form));
        if (std::ranges::count(all, all.back().first, &std::pair<std::string, std::string>::first) > 1)
            throw UsageError(fmt::format("--{}: '{}' is given twice", option, all.back().first));
    }
    return all;
}

std::map<std::string, double> chosen_point(const Arguments& arguments, const char* option)
{
    std::map<std::string, double> point;
    for (const auto& [metric, text] : pairs(arguments, option, "METRIC=VALUE,..., for example latency_ms=70")) {
        const std::optional<double> value = number_in<double>(text);
        if (!value || !std::isfinite(*value))
            throw UsageError(fmt::format("--{} {}={}: '{}' is no finite number", option, metric, text, text));
        point[metric] = *value;
    }
    return point;
}

/// Empty without the option.
std::vector<Objective> chosen_objectives(const Arguments& arguments)
{
    std::vector<Objective> objectives;
    for (const auto& [metric, goal] : pairs(arguments, "objectives", "METRIC=max or METRIC=min, separated by commas")) {
        if (goal != "max" && goal != "min")
            throw UsageError(fmt::format("--objectives {}={}: must be max or min", metric, goal));
        objectives.push_back({metric, goal == "max"});
    }
    return objectives;
}

/// What the command line asks for.
struct Wanted {
    report::Format format = report::Format::table;
    std::string counted;  ///< "evaluations" or "rows"
    std::vector<std::size_t> counts;
    std::vector<Objective> objectives;  ///< empty: those of the first run
    host::ComparisonOptions options;    ///< but for the true front
    bool any_space = false;
    std::optional<std::string> true_front, csv, html;
    std::string title;
};

Wanted parse(const Arguments& arguments)
{
    Wanted wanted;
    if (arguments.choice(kFormat.name, {"table", "markdown"}) == "markdown")
        wanted.format = report::Format::markdown;
    wanted.counted = arguments.choice("count", {"evaluations", "rows"});
    const std::vector<int> counts = arguments.counts("at");
    wanted.counts.assign(counts.begin(), counts.end());
    wanted.objectives = chosen_objectives(arguments);
    wanted.options.reference = chosen_point(arguments, "reference");
    wanted.options.ideal = chosen_point(arguments, "ideal");
    wanted.options.normalise = arguments.has("normalise");
    wanted.options.thresholds = arguments.values("threshold");
    wanted.any_space = arguments.has("any-space");
    wanted.true_front = arguments.value("true-front");
    wanted.csv = arguments.value("csv");
    wanted.html = arguments.value("html");
    wanted.title = arguments.value("title").value_or("Comparison of searches");
    return wanted;
}

/// The runs' points, a group after the other.
std::vector<host::ComparedGroup> read_groups(std::vector<GroupedRun>& runs, const std::vector<Objective>& objectives,
                                             const Wanted& wanted)
{
    const host::Counted counting = wanted.counted == "rows" ? host::Counted::rows : host::Counted::evaluations;
    std::vector<host::ComparedGroup> groups;
    for (GroupedRun& grouped : runs) {
        grouped.experiment.objectives = objectives;
        auto group = std::ranges::find(groups, grouped.group, &host::ComparedGroup::name);
        if (group == groups.end()) {
            group = groups.emplace(groups.end());
            group->name = grouped.group;
        }
        const host::ComparedRun& read =
            group->runs.emplace_back(host::read_compared_run(grouped.run, grouped.experiment, counting));
        if (read.points.empty() && read.counts.no_points > 0 && !wanted.objectives.empty())
            throw UsageError(fmt::format("{}: none of its {} evaluations has all of {}", read.name,
                                         read.counts.no_points, objectives_text(objectives)));
    }
    return groups;
}

host::Comparison gather(const Arguments& arguments, const Wanted& wanted)
{
    const host::Catalog catalog = find_plugins(arguments);
    std::vector<GroupedRun> runs = grouped_runs(arguments, catalog);
    const std::vector<Objective> objectives =
        wanted.objectives.empty() ? runs.front().experiment.objectives : wanted.objectives;
    if (objectives.empty())
        throw UsageError(runs.front().run.name +
                         ": its experiment has no objectives; name them: "
                         "--objectives top1_pct=max,latency_ms=min");
    require_alike(runs, wanted.objectives.empty(), !wanted.any_space);
    const std::vector<std::string> different = differences(runs);
    std::vector<host::ComparedGroup> groups = read_groups(runs, objectives, wanted);
    host::ComparisonOptions options = wanted.options;
    if (wanted.true_front)
        options.true_front = read_true_front(*wanted.true_front, objectives, catalog);
    try {
        host::Comparison comparison = host::compare(objectives, std::move(groups), options);
        comparison.warnings.insert(comparison.warnings.end(), different.begin(), different.end());
        return comparison;
    } catch (const Error& error) {  // it is about what was asked for
        throw UsageError(error.what());
    }
}

void print(const report::Table& table, report::Format format, const char* heading)
{
    if (table.rows.empty())
        return;
    say(stdout, heading + report::to_text(table, format));
}

void print(const host::Comparison& comparison, const Wanted& wanted)
{
    const char* gap = wanted.format == report::Format::markdown ? "\n" : "";
    print(host::group_table(comparison, wanted.counts), wanted.format, "");
    print(host::threshold_table(comparison, true), wanted.format,
          fmt::format("\n{} to a threshold\n{}", wanted.counted, gap).c_str());
    print(host::ratio_table(comparison), wanted.format, fmt::format("\nhow many times as many\n{}", gap).c_str());
    print(host::verification_table(comparison), wanted.format, fmt::format("\nwinners, priced again\n{}", gap).c_str());
    if (wanted.csv)
        write_file(*wanted.csv, report::to_text(host::curve_table(comparison), report::Format::csv));
    if (wanted.html)
        write_file(*wanted.html, host::comparison_page(comparison, wanted.title, wanted.counted, wanted.counts));
    std::fflush(stdout);
    for (const std::string& warning : comparison.warnings)
        say(stderr, warning + "\n");
}

int compare(const Arguments& arguments)
{
    const Wanted wanted = parse(arguments);
    print(gather(arguments, wanted), wanted);
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
             {"ideal", "METRIC=VALUE,...",
              "also show the volume between this point and the front, in all objectives: lower is better"},
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
