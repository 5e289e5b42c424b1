// SPDX-License-Identifier: Apache-2.0
#include "app/search_run.hpp"

#include <algorithm>
#include <cstdio>
#include <ctime>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "espalier/report/text.hpp"

#include "app/exit_status.hpp"
#include "app/output.hpp"
#include "host/experiment/provenance.hpp"
#include "host/plugins/crash.hpp"
#include "host/plugins/plugin_output.hpp"
#include "host/search/run.hpp"
#include "host/search/time_budget.hpp"
#include "host/store/durable_folder.hpp"
#include "host/tell/verification.hpp"

namespace espalier::app {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kShownWinners = 5;

void print_metrics(const Metrics& metrics, const char* origin)
{
    for (const auto& [metric, value] : metrics)
        say(stdout, fmt::format("  {:<24} {:>12}{}\n", report::printable(metric), report::rounded(value), origin));
}

void print_winners(const std::vector<host::StoredWinner>& winners)
{
    const std::size_t chosen = winners.size() - std::ranges::count_if(winners, &host::StoredWinner::runner_up);
    const std::size_t shown = std::min(chosen, kShownWinners);
    for (std::size_t i = 0; i < shown; ++i) {
        const host::StoredWinner& winner = winners[i];
        say(stdout,
            fmt::format("winner {}{}{}\n", report::printable(winner.name),
                        winner.name.empty() || winner.text.empty() ? "" : ": ", report::printable(winner.text)));
        print_metrics(winner.metrics, "");
        print_metrics(winner.final_metrics, "  (final)");
        if (winner.verified)
            print_metrics(winner.verified->metrics, "  (verified)");
        if (winner.verified && !winner.verified->reason.empty())
            say(stdout, fmt::format("  {}\n", report::printable(winner.verified->reason)));
        if (!winner.note.empty())
            say(stdout, fmt::format("  {}\n", report::printable(winner.note)));
        if (!winner.model.empty())
            say(stdout, fmt::format("  model in {}\n", winner.model));
    }
    if (winners.size() > shown)
        say(stdout, fmt::format("... and {} {}\n", winners.size() - shown,
                                winners.back().runner_up ? "others of the shortlist, of which it is the best"
                                                         : "more winners"));
}

std::string go_on(const fs::path& resume_directory)
{
    return "go on with: espalier resume " + resume_directory.string();
}

int told(const host::RunOutcome& outcome, const host::RunStore& store, const Searching& searching)
{
    const std::string directory = store.directory().string();
    const std::string resume = go_on(searching.resume_directory);
    const auto tell_of_all = [&] {
        if (searching.verbosity != host::Verbosity::quiet)
            say(stdout, fmt::format("{} architectures seen; all of them: espalier results --all {}\n",
                                    store.evaluations(), directory));
    };
    const auto complain = [&](const std::string& sentence) {
        std::fflush(stdout);
        say(stderr, sentence + "\n");
    };
    switch (outcome.state) {
        case host::RunState::finished:
            print_winners(outcome.winners);
            tell_of_all();
            if (!outcome.sentence.empty())
                complain(outcome.sentence);
            for (const std::string& warning : host::verification_warnings(outcome.winners))
                complain(warning);
            return kDone;
        case host::RunState::nothing_feasible:
            complain(outcome.sentence);
            tell_of_all();
            return kNothingFeasible;
        case host::RunState::running:
        case host::RunState::interrupted:
            complain((outcome.sentence.empty() ? "" : outcome.sentence + "\n") + "interrupted; " + resume);
            return kInterrupted;
        case host::RunState::failed:
            break;
    }
    std::error_code none;
    complain(outcome.sentence + (fs::exists(store.directory() / "run.db", none)
                                     ? "\nwhat was computed is kept; " + resume
                                     : "\n" + directory + " is gone, and with it what was computed"));
    return kFailed;
}

int search(Loaded& loaded, host::RunStore& store, const Searching& searching, bool other_budget = false)
{
    host::Progress progress(loaded.experiment, searching.terminal, searching.verbosity);
    for (const auto& [who, how] : host::measuring(loaded.parts))
        progress.message(fmt::format("{}: measured on {}", who, report::printable(how)));
    host::set_crash_advice("what was computed is kept; " + go_on(searching.resume_directory));
    const host::RunOutcome outcome = [&] {
        const host::PluginOutput to_standard_error;
        return host::run(loaded.experiment, loaded.parts, store, progress, searching.stop, other_budget);
    }();
    host::set_crash_advice("");
    progress.finish();
    return told(outcome, store, searching);
}

void record(const host::Provenance& all, host::RunStore& store)
{
    for (const auto& [name, value] : all)
        store.set_provenance(name, value);
}

void refuse_changes(const host::Provenance& now, const host::RunStore& store)
{
    host::Provenance then;
    for (const auto& [name, value] : now)
        if (std::optional<std::string> stored = store.provenance(name))
            then.emplace(name, std::move(*stored));
    std::string sentences;
    for (const std::string& change : host::provenance_changes(then, now))
        sentences += change + "\n";
    if (!sentences.empty())
        throw Error(sentences + "put it back, start a new run, or go on all the same with --accept-changes");
}

/// Whether it is not the one that the run has. @throws UsageError if less than what is spent.
bool is_other(const host::Budget& budget, const host::RunStore& store, const host::Catalog& catalog)
{
    const host::Budget now = stored_experiment(store, catalog).budget;
    if (budget.evaluations == now.evaluations && budget.minutes == now.minutes)
        return false;
    std::size_t spent = 0;
    store.for_each_evaluation([&](const host::StoredEvaluation& row) { spent += row.spent ? 1 : 0; });
    if (budget.evaluations && *budget.evaluations < spent)
        throw UsageError(fmt::format("--set budget.evaluations={}: {} are spent already", *budget.evaluations, spent));
    if (const double used_s = host::used_seconds(store); budget.minutes && 60 * *budget.minutes < used_s)
        throw UsageError(
            fmt::format("--set budget.minutes={}: {:.3g} are spent already", *budget.minutes, used_s / 60));
    return true;
}

}  // namespace

host::Verbosity chosen_verbosity(const Arguments& arguments)
{
    if (arguments.has(kQuiet.name) && arguments.has(kVerbose.name))
        throw UsageError("--quiet and --verbose exclude each other");
    return arguments.has(kQuiet.name)     ? host::Verbosity::quiet
           : arguments.has(kVerbose.name) ? host::Verbosity::verbose
                                          : host::Verbosity::normal;
}

int start_run(Loaded& loaded, const fs::path& directory, const Searching& searching)
{
    refuse_existing(directory);
    host::RunStore store = host::RunStore::create(directory, loaded.experiment.resolved, [&](host::RunStore& made) {
        record(host::provenance(loaded.experiment, loaded.parts, searching.plugins), made);
        made.set_provenance("started", fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr))));
        made.set_provenance("espalier.version", ESPALIER_VERSION);
    });
    return search(loaded, store, searching);
}

int resume_run(const fs::path& directory, const Searching& searching)
{
    host::RunStore store = host::RunStore::open(directory);
    const bool feasible = store.state() != host::RunState::nothing_feasible;
    const bool over = store.state() == host::RunState::finished || !feasible;
    std::optional<Loaded> loaded;  // what is over needs none of its plug-ins to say so
    if (!over || !searching.changes.empty())
        loaded = load(store, searching.plugins, searching.changes, searching.workers);
    const bool other_budget = loaded && is_other(loaded->experiment.budget, store, searching.plugins.catalog());
    if (over && !other_budget) {
        if (!feasible)
            return told({store.state(), {}, host::outcome_sentence(store)}, store, searching);
        if (searching.verbosity != host::Verbosity::quiet)
            say(stdout, fmt::format("{0} is finished; see: espalier results {0}\n", directory.string()));
        return kDone;
    }
    if (store.log_was_cut())
        searching.terminal.print((directory / "run.db-wal").string() +
                                 " was damaged: what was recorded behind that place is computed again");
    const host::Provenance now = host::provenance(loaded->experiment, loaded->parts, searching.plugins);
    if (!searching.accept_changes)
        refuse_changes(now, store);
    record(now, store);
    if (!searching.changes.empty() && !other_budget)
        store.set_experiment(loaded->experiment.resolved);
    return search(*loaded, store, searching, other_budget);
}

int run_seeds(const SeedFolder& folder, const Searching& searching)
{
    // what the experiment itself reuses, then every run of the folder so far
    std::string earlier;
    Diagnostics diagnostics;
    const host::Experiment base =
        host::read_experiment(folder.experiment_file(), searching.changes, searching.plugins.catalog(), diagnostics);
    diagnostics.throw_if_any();
    for (const fs::path& other : base.reuse)
        earlier += (earlier.empty() ? "" : ", ") + OptionTraits<fs::path>::shown(other);
    bool any_found = false;
    fs::path ready;  // a run of the folder that is finished: another seed of it is of the same data and plug-ins
    for (const std::uint64_t seed : folder.seeds)
        if (is_run(folder.run(seed)))
            ready = folder.run(seed);
    for (const std::uint64_t seed : folder.seeds) {
        const fs::path directory = folder.run(seed);
        if (searching.verbosity != host::Verbosity::quiet)
            searching.terminal.print(fmt::format("seed {}", seed));
        int status = kDone;
        if (is_run(directory)) {
            status = resume_run(directory, searching);
        } else {
            std::vector<host::Override> own{{"seed", std::to_string(seed)}, {"reuse", "[" + earlier + "]"}};
            if (searching.workers)
                own.push_back({"execution.workers", std::to_string(*searching.workers)});
            own.insert(own.end(), searching.changes.begin(), searching.changes.end());
            Loaded loaded = load(folder.experiment_file(), own, searching.plugins);
            if (!ready.empty() && !searching.accept_changes)
                refuse_changes(host::provenance(loaded.experiment, loaded.parts, searching.plugins),
                               host::RunStore::read_only(ready));
            status = start_run(loaded, directory, searching);
        }
        if (status != kDone && status != kNothingFeasible)
            return status;
        any_found = any_found || status == kDone;
        ready = directory;
        earlier += (earlier.empty() ? "" : ", ") + OptionTraits<fs::path>::shown(fs::absolute(directory));
    }
    if (!searching.changes.empty())
        host::write_file(folder.experiment_file(), base.resolved);
    if (searching.verbosity != host::Verbosity::quiet)
        say(stdout, fmt::format("all seeds together: espalier results {}\n", folder.directory.string()));
    return any_found ? kDone : kNothingFeasible;
}

}  // namespace espalier::app
