// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <optional>

#include <fmt/format.h>
#include <sys/stat.h>

#include "app/command.hpp"
#include "app/exit_status.hpp"
#include "app/experiment_file.hpp"
#include "app/output.hpp"
#include "app/run_folder.hpp"
#include "host/search/winners.hpp"
#include "host/store/run_lock.hpp"

namespace espalier::app {

namespace {

namespace fs = std::filesystem;

constexpr int kDeepest = 3;

/// The directory if it is a run, else those in it.
void find_runs(const fs::path& directory, int deep, std::vector<fs::path>& found)
{
    if (is_run(directory)) {
        found.push_back(directory);
        return;
    }
    std::error_code none;
    std::vector<fs::path> inner;
    for (const fs::directory_entry& entry : fs::directory_iterator(directory, none))
        if (entry.is_directory(none) && !entry.is_symlink(none))
            inner.push_back(entry.path());
    std::ranges::sort(inner);
    for (const fs::path& folder : inner)
        if (deep < kDeepest)
            find_runs(folder, deep + 1, found);
}

const char* state_of(const host::RunStore& run, bool worked_on)
{
    switch (run.state()) {
        case host::RunState::finished:
            return worked_on ? "running" : "finished";
        case host::RunState::nothing_feasible:
            return worked_on ? "running" : "nothing feasible";
        case host::RunState::failed:
            return worked_on ? "running" : "failed";
        case host::RunState::running:
        case host::RunState::interrupted:
            break;
    }
    return worked_on ? "running" : "interrupted";
}

/// What is spent, and the best of the first objective among what may win.
struct SoFar {
    std::size_t spent = 0;
    std::optional<double> best;
};

SoFar so_far(const host::RunStore& run, const host::Experiment& experiment)
{
    SoFar all;
    run.for_each_evaluation([&](const host::StoredEvaluation& row) {
        all.spent += row.spent ? 1 : 0;
        if (experiment.objectives.empty() || !host::may_win(experiment, row.evaluation))
            return;
        const Objective& objective = experiment.objectives.front();
        const double value = row.evaluation.metrics.at(objective.metric);
        all.best = !all.best ? value : objective.maximise ? std::max(*all.best, value) : std::min(*all.best, value);
    });
    return all;
}

/// Seconds since a process began to work on a run that it has not resumed, so that all evaluations are its own.
std::optional<double> seconds_under_way(const fs::path& directory)
{
    struct stat lock = {}, begun = {};
    if (::stat((directory / "lock").c_str(), &lock) != 0 ||
        ::stat((directory / "experiment.yaml").c_str(), &begun) != 0)
        return std::nullopt;
    const double apart = std::abs(static_cast<double>(lock.st_mtime - begun.st_mtime));
    const double seconds = static_cast<double>(std::time(nullptr) - lock.st_mtime);
    return apart < 5 && seconds > 0 ? std::optional(seconds) : std::nullopt;
}

std::vector<report::Cell> row_of(const fs::path& directory, const host::Catalog& catalog)
{
    const bool worked_on = host::RunLock::held(directory);
    const host::RunStore run = host::RunStore::read_only(directory);
    const host::Experiment experiment = stored_experiment(run, catalog);
    const auto [spent, best] = so_far(run, experiment);
    const std::optional<std::size_t> budget = experiment.budget.evaluations;
    std::vector<report::Cell> row{directory.string(), std::string(state_of(run, worked_on)), std::uint64_t{spent}};
    row.push_back(budget ? report::Cell(std::uint64_t{*budget}) : report::Cell());
    const std::optional<double> seconds = worked_on ? seconds_under_way(directory) : std::nullopt;
    const double rate = seconds ? static_cast<double>(spent) / *seconds : 0;
    row.push_back(rate > 0 ? report::Cell(rate) : report::Cell());
    row.push_back(rate > 0 && budget ? report::Cell(static_cast<double>(*budget - std::min(spent, *budget)) / rate)
                                     : report::Cell());
    row.emplace_back(experiment.objectives.empty() ? "" : experiment.objectives.front().metric);
    row.push_back(best ? report::Cell(*best) : report::Cell());
    row.emplace_back(run.provenance("started").value_or(""));
    return row;
}

int runs(const Arguments& arguments)
{
    const report::Format format = chosen_format(arguments);
    const fs::path root = arguments.positional.empty() ? "runs" : arguments.positional[0];
    if (!fs::is_directory(root))
        throw UsageError(fmt::format("{}: is no folder; runs are made in `runs`, or where --out says", root.string()));
    const host::Catalog catalog = find_plugins(arguments);
    std::vector<fs::path> found;
    find_runs(root, 0, found);
    report::Table table{{"run", "state", "done", "budget", "per_s", "left_s", "metric", "best", "started"}, {}};
    bool any_failed = false;
    for (const fs::path& directory : found)
        try {
            table.rows.push_back(row_of(directory, catalog));
        } catch (const Error& error) {
            say(stderr, fmt::format("{}: {}\n", directory.string(), error.what()));
            any_failed = true;
        }
    for (const char* column : {"per_s", "left_s"})
        report::drop_if_empty(table, column);
    say(stdout, report::to_text(table, format));
    return any_failed ? kFailed : kDone;
}

}  // namespace

Command runs_command()
{
    return {
        .name = "runs",
        .positional = "[DIR]",
        .summary = "which runs there are, and how far they are",
        .description =
            "Lists the runs in DIR (default: runs) and in its folders: running, also by another terminal, then with\n"
            "rate and seconds left; interrupted; failed; finished. `done` is what is spent of the budget, `best` the\n"
            "best value of the first objective among what meets the constraints.",
        .most_positional = 1,
        .options = {kFormat, kPluginPath},
        .run = runs};
}

}  // namespace espalier::app
