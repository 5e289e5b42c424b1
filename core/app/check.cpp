// SPDX-License-Identifier: Apache-2.0
#include "app/command.hpp"
#include "app/exit_status.hpp"
#include "app/experiment_file.hpp"

namespace espalier::app {

namespace {

int check(const Arguments& arguments)
{
    const host::Catalog catalog = find_plugins(arguments);
    host::PluginHost plugins(catalog);
    load_to_run(arguments.positional[0], overrides(arguments), plugins);
    return kDone;
}

}  // namespace

Command check_command()
{
    return {.name = "check",
            .positional = "FILE",
            .summary = "every error of an experiment file, before anything runs",
            .description =
                "Reads an experiment, makes everything it names, prices one architecture and lets the strategy begin,\n"
                "up to its first proposal. Prints every error as file:line:column: path: what is wrong. Silent, with\n"
                "status 0, when the file is good.",
            .least_positional = 1,
            .most_positional = 1,
            .options = {kSet, kPluginPath},
            .run = check};
}

}  // namespace espalier::app
