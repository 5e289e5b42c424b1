// SPDX-License-Identifier: Apache-2.0
#include "host/tell/results.hpp"

#include <algorithm>
#include <cstdio>
#include <map>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "espalier/regression/spread.hpp"
#include "espalier/report/text.hpp"

#include "app/command.hpp"
#include "app/comparable.hpp"
#include "app/dynas_t_run.hpp"
#include "app/exit_status.hpp"
#include "app/experiment_file.hpp"
#include "app/output.hpp"
#include "app/run_folder.hpp"
#include "host/compare/comparison.hpp"
#include "host/experiment/provenance.hpp"
#include "host/search/run.hpp"
#include "host/tell/verification.hpp"

namespace espalier::app {

namespace {

/// The search spaces of runs, to write their architectures; made once for runs that say the same of it, such as seeds.
class ShownSpaces {
public:
    explicit ShownSpaces(const Arguments& arguments) : catalog_(find_plugins(arguments)), plugins_(catalog_) {}

    /// Null without its plug-in: architectures are written as option indices then.
    const SearchSpace* of(const host::RunStore& store)
    {
        // The file's own words: a component that is missing must not be taken for another one of a similar name.
        const Config root = stored_experiment(store, catalog_).root;
        const Config* data = root.find("data");
        const Config* space = root.find("space");
        const auto said = [](const Config* section) { return section != nullptr ? to_yaml(*section) : ""; };
        const auto [found, is_new] = made_.try_emplace(std::pair(said(data), said(space)));
        if (is_new)
            found->second = made(data, space);
        return found->second.space.get();
    }
    host::ArchitectureText text(const host::RunStore& store)
    {
        // An older version of the space may have had other decisions.
        return [space = of(store)](const Architecture& a) {
            return space != nullptr && fits(a, space->decisions()) ? space->text(a) : to_string(a);
        };
    }

private:
    struct Made {
        std::unique_ptr<Data> data;
        std::unique_ptr<SearchSpace> space;
    };
    Made made(const Config* data, const Config* space)
    {
        Made made;
        Setup setup = plugins_.setup();
        try {
            if (data != nullptr) {
                made.data = plugins_.make<Data>(*data, setup);
                setup.data = made.data.get();
            }
        } catch (const Error&) {  // most spaces write architectures without it; the others say so now
        }
        try {
            made.space = plugins_.make<SearchSpace>(space != nullptr ? *space : Config{}, setup);
        } catch (const Error& error) {  // the results are worth showing all the same
            say(stderr, fmt::format("architectures are shown as option indices, because {}\n", error.what()));
        }
        return made;
    }

    host::Catalog catalog_;
    host::PluginHost plugins_;
    std::map<std::pair<std::string, std::string>, Made> made_;  // by what the file says of data and space
};

/// Several objectives have no mean winner: one row a run with the hypervolume of what it found, and a sentence about
/// it.
std::pair<report::Table, std::string> hypervolumes(const std::vector<host::NamedRun>& runs,
                                                   const std::vector<host::Experiment>& experiments)
{
    const std::vector<Objective>& objectives = experiments.front().objectives;
    host::ComparedGroup group;
    bool any = false;
    for (std::size_t r = 0; r < runs.size(); ++r) {
        if (objectives_text(experiments[r].objectives) != objectives_text(objectives))
            throw UsageError(
                fmt::format("{} and {} have other objectives ({} and {}), so nothing sums them up; their "
                            "winners are shown with --each",
                            runs.front().name, runs[r].name, objectives_text(objectives),
                            objectives_text(experiments[r].objectives)));
        host::Experiment same = experiments[r];
        same.objectives = objectives;  // in the same order
        group.runs.push_back(host::read_compared_run(runs[r], same, host::Counted::rows));
        any = any || !group.runs.back().points.empty();
    }
    report::Table table{{"run", "winners", "hypervolume", "reference"}, {}};
    if (!any)
        return {std::move(table), ""};
    const host::Comparison comparison = host::compare(objectives, {std::move(group)}, {});
    std::string reference;
    for (std::size_t m = 0; m < objectives.size(); ++m)
        reference +=
            fmt::format("{}{}={}", m > 0 ? "," : "", objectives[m].metric, report::exact(comparison.reference[m]));
    regression::Spread spread;
    for (std::size_t r = 0; r < runs.size(); ++r) {
        const std::vector<double>& curve = comparison.groups.front().curves[r];
        spread.add(curve.empty() ? 0 : curve.back());
        table.rows.push_back(
            {runs[r].name, std::uint64_t{runs[r].store.winners().size()}, curve.empty() ? 0 : curve.back(), reference});
    }
    return {std::move(table),
            fmt::format("hypervolume {} on average, spread (standard deviation) {}, of {} runs; the reference is the "
                        "worst value that any of them found: espalier compare takes another, and --each shows the "
                        "winners\n",
                        report::rounded(spread.mean()), report::rounded(spread.deviation()), runs.size())};
}

std::pair<report::Table, std::string> summary(const std::vector<host::NamedRun>& runs, const Arguments& arguments)
{
    const host::Catalog catalog = find_plugins(arguments);
    std::vector<host::Experiment> experiments;
    experiments.reserve(runs.size());
    for (const host::NamedRun& run : runs)
        experiments.push_back(stored_experiment(run.store, catalog));
    const bool fronts = std::ranges::any_of(experiments, [](const auto& one) { return one.objectives.size() > 1; });
    return fronts ? hypervolumes(runs, experiments) : std::pair(host::winner_summary(runs), std::string());
}

/// A run that has not ended, or found nothing, has no winners to show.
void say_why_none(std::span<const host::NamedRun> runs)
{
    std::fflush(stdout);
    for (const host::NamedRun& run : runs) {
        const host::RunState state = run.store.state();
        std::string why = host::outcome_sentence(run.store);
        if (state != host::RunState::finished && state != host::RunState::nothing_feasible)
            why = fmt::format(
                "not finished{}; go on with: espalier resume {}",
                run.store.has_former_winners() ? " with its new budget, the winners are those of before" : "",
                run.name);
        if (!why.empty())
            say(stderr, fmt::format("{}: {}\n", run.name, why));
    }
}

void warn_of_costs(std::span<const host::NamedRun> runs)
{
    for (const host::NamedRun& run : runs)
        for (const std::string& warning : host::verification_warnings(run.store.winners()))
            say(stderr, fmt::format("{}: {}\n", run.name, warning));
}

/// On what and how costs were measured.
void say_how_measured(std::span<const host::NamedRun> runs)
{
    std::set<std::string> lines;
    for (const host::NamedRun& run : runs)
        for (const auto& [who, how] : run.store.provenance_under(host::kMeasured))
            lines.insert(fmt::format("{}: measured on {}\n", who, report::printable(how)));
    for (const std::string& line : lines)
        say(stderr, line);
}

std::map<std::string, std::string> renamed(const Arguments& arguments)
{
    std::map<std::string, std::string> names;
    for (const std::string& text : arguments.values("rename")) {
        const char* form = "METRIC=NAME, for example valid_pct=top1_pct";
        const auto [metric, name] = key_and_value("rename", text, form);
        if (name.empty())
            throw UsageError("--rename " + text + ": must be " + form);
        names[metric] = name;
    }
    return names;
}

int print_dynas_t(const Arguments& arguments)
{
    const std::vector<host::NamedRun> runs = open_runs(arguments.positional);
    if (!arguments.has("all") || runs.size() != 1)
        throw UsageError("--format dynas_t: holds every evaluation of one run: name one, and give --all");
    const std::optional<std::string> imported = imported_text(runs.front().store);
    if (imported && !arguments.has("rename")) {
        std::fwrite(imported->data(), 1, imported->size(), stdout);  // byte for byte
        return kDone;
    }
    ShownSpaces spaces(arguments);
    const SearchSpace* space = spaces.of(runs.front().store);
    if (space == nullptr)
        throw Error("--format dynas_t: needs the plug-in of the run's search space");
    const dynas_t::Results kept = results_of(runs.front().store, renamed(arguments));
    std::fputs(dynas_t::results_text(kept, *space).c_str(), stdout);
    std::fflush(stdout);
    if (const std::size_t left_out = runs.front().store.evaluations() - kept.rows.size(); left_out > 0)
        std::fprintf(stderr, "%zu rows that failed or were infeasible are left out\n", left_out);
    return kDone;
}

int results(const Arguments& arguments)
{
    if (arguments.value(kFormat.name) == "dynas_t")
        return print_dynas_t(arguments);
    if (arguments.has("rename"))
        throw UsageError("--rename is for --format dynas_t");
    if (arguments.has("all") && arguments.has("notes"))
        throw UsageError("--all and --notes: give one of them");
    const report::Format format = chosen_format(arguments);
    const std::vector<host::NamedRun> runs = open_runs(arguments.positional);
    report::Table table;
    std::string told;
    if (arguments.has("all")) {
        ShownSpaces spaces(arguments);
        std::vector<host::ArchitectureText> texts;
        texts.reserve(runs.size());
        for (const host::NamedRun& run : runs)
            texts.push_back(spaces.text(run.store));
        table = host::evaluation_table(runs, texts);
    } else if (arguments.has("notes")) {
        table = host::note_table(runs);
    } else if (runs.size() > 1 && !arguments.has("each")) {
        std::tie(table, told) = summary(runs, arguments);
    } else {
        table = host::winner_table(runs);
    }
    say(stdout, report::to_text(table, format));
    say(stderr, told);
    if (!arguments.has("all") && !arguments.has("notes")) {
        say_why_none(runs);
        say_how_measured(runs);
        warn_of_costs(runs);
    }
    return kDone;
}

}  // namespace

Command results_command()
{
    return {
        .name = "results",
        .positional = "DIR...",
        .summary = "winners or all evaluations of runs",
        .description =
            "Prints the winners of a run, or with --all every evaluation in the order it was proposed. Of several\n"
            "runs, or of a folder made with `run --seeds`: mean, spread (standard deviation) and count of the\n"
            "winners' metrics, or with several objectives the hypervolume of each; with --each the winners\n"
            "themselves. There are no times in it: equal runs print equal bytes.",
        .least_positional = 1,
        .options = {{"all", nullptr, "every evaluation: index, architecture, key, status, metrics"},
                    {"notes", nullptr, "what components, phases and the strategy noted: one row a series"},
                    {"each", nullptr, "of several runs, the winners of each"},
                    {"format", "FORMAT", "table (default), csv, json, markdown; with --all of one run also dynas_t"},
                    {"rename", "METRIC=NAME", "with dynas_t: the run's name of a metric of its columns", true},
                    kPluginPath},
        .run = results};
}

}  // namespace espalier::app
