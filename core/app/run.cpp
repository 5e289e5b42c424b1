// SPDX-License-Identifier: Apache-2.0
#include "app/command.hpp"
#include "app/experiment_file.hpp"
#include "app/interrupt.hpp"
#include "app/search_run.hpp"

namespace espalier::app {

namespace {

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
    refuse_existing(directory);

    host::Terminal terminal(stderr);
    const Interrupt interrupt;
    const Searching searching{plugins, terminal, verbosity, interrupt.stop(), false, std::nullopt, directory};
    if (const std::optional<std::string> seeds = arguments.value("seeds"))
        return run_seeds(create_seed_folder(directory, *seeds, loaded.experiment), searching);
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
                        {"seeds", "A..B", "one run for every seed from A to B, in one folder; they share results"},
                        kSet,
                        kWorkers,
                        kPluginPath,
                        kQuiet,
                        kVerbose},
            .run = run};
}

}  // namespace espalier::app
