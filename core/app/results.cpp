// SPDX-License-Identifier: Apache-2.0
#include "host/tell/results.hpp"

#include <cstdio>
#include <map>

#include <fmt/format.h>

#include "app/command.hpp"
#include "app/dynas_t_run.hpp"
#include "app/exit_status.hpp"
#include "app/experiment_file.hpp"
#include "app/output.hpp"
#include "app/run_folder.hpp"
#include "host/search/run.hpp"

namespace espalier::app {

namespace {

/// A run's search space, to write architectures; without its plug-in they are written as option indices.
class ShownSpace {
public:
    ShownSpace(const host::RunStore& store, const Arguments& arguments)
        : catalog_(find_plugins(arguments)), plugins_(catalog_), setup_(plugins_.setup())
    {
        // The file's own words: a component that is missing must not be taken for another one of a similar name.
        const Config root = stored_experiment(store, catalog_).root;
        const Config* data = root.find("data");
        const Config* space = root.find("space");
        try {
            if (data != nullptr) {
                data_ = plugins_.make<Data>(*data, setup_);
                setup_.data = data_.get();
            }
        } catch (const Error&) {  // most spaces write architectures without it; the others say so now
        }
        try {
            space_ = plugins_.make<SearchSpace>(space != nullptr ? *space : Config{}, setup_);
        } catch (const Error& error) {  // the results are worth showing all the same
            say(stderr, fmt::format("architectures are shown as option indices, because {}\n", error.what()));
        }
    }

    /// Null without its plug-in.
    const SearchSpace* space() const { return space_.get(); }
    std::string text(const Architecture& architecture) const
    {
        // An older version of the space may have had other decisions.
        return space_ && fits(architecture, space_->decisions()) ? space_->text(architecture) : to_string(architecture);
    }

private:
    host::Catalog catalog_;
    host::PluginHost plugins_;
    Setup setup_;
    std::unique_ptr<Data> data_;
    std::unique_ptr<SearchSpace> space_;
};

/// A run that has not ended, or found nothing, has no winners to show.
void say_why_none(std::span<const host::NamedRun> runs)
{
    std::fflush(stdout);
    for (const host::NamedRun& run : runs) {
        const host::RunState state = run.store.state();
        std::string why = host::outcome_sentence(run.store);
        if (state != host::RunState::finished && state != host::RunState::nothing_feasible)
            why = "not finished; go on with: espalier resume " + run.name;
        if (!why.empty())
            say(stderr, fmt::format("{}: {}\n", run.name, why));
    }
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
    const ShownSpace space(runs.front().store, arguments);
    if (space.space() == nullptr)
        throw Error("--format dynas_t: needs the plug-in of the run's search space");
    const dynas_t::Results kept = results_of(runs.front().store, renamed(arguments));
    std::fputs(dynas_t::results_text(kept, *space.space()).c_str(), stdout);
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
    const report::Format format = chosen_format(arguments);
    const std::vector<host::NamedRun> runs = open_runs(arguments.positional);
    report::Table table;
    if (arguments.has("all")) {
        const ShownSpace space(runs.front().store, arguments);
        table = host::evaluation_table(runs, [&](const Architecture& a) { return space.text(a); });
    } else {
        table = runs.size() > 1 && !arguments.has("each") ? host::winner_summary(runs) : host::winner_table(runs);
    }
    say(stdout, report::to_text(table, format));
    if (!arguments.has("all"))
        say_why_none(runs);
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
            "winners' metrics; with --each the winners themselves. There are no times in it: equal runs print\n"
            "equal bytes.",
        .least_positional = 1,
        .options = {{"all", nullptr, "every evaluation: index, architecture, key, status, metrics"},
                    {"each", nullptr, "of several runs, the winners of each"},
                    {"format", "FORMAT", "table (default), csv, json, markdown; with --all of one run also dynas_t"},
                    {"rename", "METRIC=NAME", "with dynas_t: the run's name of a metric of its columns", true},
                    kPluginPath},
        .run = results};
}

}  // namespace espalier::app
