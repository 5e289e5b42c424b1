// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "app/command.hpp"
#include "app/experiment_file.hpp"
#include "app/interrupt.hpp"
#include "app/search_run.hpp"

namespace espalier::app {

namespace {

/// A folder of seeds that is there, if some of these are new to it.
std::optional<SeedFolder> more_seeds(const std::filesystem::path& directory, const std::string& seeds,
                                     const host::Experiment& experiment)
{
    const std::optional<SeedFolder> there = seed_folder(directory);
    if (!there || std::ranges::includes(there->seeds, parse_seeds(seeds)))
        return std::nullopt;
    require_same_experiment(*there, experiment);
    return with_seeds(*there, seeds);
}

int run(const Arguments& arguments)
{
    const host::Verbosity verbosity = chosen_verbosity(arguments);
    const host::Catalog catalog = find_plugins(arguments);
    host::PluginHost plugins(catalog);
    Loaded loaded = load_to_run(arguments.positional[0], overrides(arguments), plugins);
    const std::filesystem::path directory =
        arguments.has("out") ? std::filesystem::path(*arguments.value("out")) : default_directory(loaded.experiment);
    if (directory.empty())
        throw UsageError("--out: the name of the directory is empty");
    const std::optional<std::string> seeds = arguments.value("seeds");
    const std::optional<SeedFolder> folder = seeds ? more_seeds(directory, *seeds, loaded.experiment) : std::nullopt;
    if (!folder)
        refuse_existing(directory);

    host::Terminal terminal(stderr);
    const Interrupt interrupt;
    const Searching searching{plugins,  terminal, verbosity, interrupt.stop(), false, arguments.count(kWorkers.name),
                              directory};
    if (seeds)
        return run_seeds(folder ? *folder : create_seed_folder(directory, *seeds, loaded.experiment), searching);
    return start_run(loaded, directory, searching);
}

}  // namespace

Command run_command()
{
    return {.name = "run",
            .positional = "FILE",
            .summary = "search as an experiment file says",
            .description =
                "Checks the experiment, searches, prices the winners with `final`, prints them and where the run is.\n"
                "Ctrl-C stops cleanly; `espalier resume DIR` goes on from there. Status 4: nothing feasible was found.",
            .least_positional = 1,
            .most_positional = 1,
            .options = {{"out", "DIR", "directory of the run; default runs/<name of the experiment>"},
                        {"seeds", "A..B,C",
                         "one run for every seed from A to B, and for C, in one folder; they share results. A folder\n"
                         "of seeds of the same experiment gets those that it has not"},
                        kSet,
                        kWorkers,
                        kPluginPath,
                        kQuiet,
                        kVerbose},
            .run = run};
}

}  // namespace espalier::app
