// SPDX-License-Identifier: Apache-2.0
#include "app/command.hpp"
#include "app/experiment_file.hpp"
#include "app/interrupt.hpp"
#include "app/search_run.hpp"

namespace espalier::app {

namespace {

int resume(const Arguments& arguments)
{
    const std::filesystem::path directory = arguments.positional[0];
    const std::optional<SeedFolder> folder = seed_folder(directory);
    if (!folder && !is_run(directory))
        throw UsageError(directory.string() +
                         (std::filesystem::is_directory(directory) && is_free(directory)
                              ? ": holds no run, or one that was stopped while it was made: start it with espalier run"
                              : ": is no run directory: it has no run.db"));
    const host::Verbosity verbosity = chosen_verbosity(arguments);
    const host::Catalog catalog = find_plugins(arguments);
    host::PluginHost plugins(catalog);
    host::Terminal terminal(stderr);
    const Interrupt interrupt;
    const Searching searching{plugins,
                              terminal,
                              verbosity,
                              interrupt.stop(),
                              arguments.has("accept-changes"),
                              arguments.count(kWorkers.name),
                              directory,
                              changes_of_a_run(arguments)};
    const std::optional<std::string> more = arguments.value("seeds");
    if (more && !folder)
        throw UsageError(directory.string() + ": is one run; only a folder of `run --seeds` gets more seeds");
    if (folder)
        return run_seeds(more ? with_seeds(*folder, *more) : *folder, searching);
    return resume_run(directory, searching);
}

}  // namespace

Command resume_command()
{
    return {.name = "resume",
            .positional = "DIR",
            .summary = "go on with a run exactly where it stopped",
            .description =
                "Goes on with an interrupted or failed run; what comes out equals the uninterrupted run. A finished\n"
                "run is left as it is, but with --set budget.evaluations=N it goes on as if it had had that budget\n"
                "from the start. Refuses, naming it, when a data file, a plug-in or the number of threads has\n"
                "changed since the run was started.",
            .least_positional = 1,
            .most_positional = 1,
            .options = {{"set", "KEY=VALUE",
                         "another budget.evaluations, budget.minutes, execution.workers or execution.timeout_s", true},
                        {"seeds", "A..B,C", "of a folder of seeds: with these, too"},
                        kWorkers,
                        {"accept-changes", nullptr, "go on although data, plug-ins or threads have changed"},
                        kPluginPath,
                        kQuiet,
                        kVerbose},
            .run = resume};
}

}  // namespace espalier::app
