// SPDX-License-Identifier: Apache-2.0
#include "host/experiment/schema.hpp"

#include <cstdio>

#include "app/command.hpp"
#include "app/exit_status.hpp"
#include "app/experiment_file.hpp"

namespace espalier::app {

Command schema_command()
{
    return {.name = "schema",
            .positional = "",
            .summary = "the JSON Schema of experiment files, for editors",
            .description = "Prints the JSON Schema of experiment files with the components of all plug-ins found.",
            .most_positional = 0,
            .options = {kPluginPath},
            .run = [](const Arguments& arguments) -> int {
                std::puts(host::experiment_schema(find_plugins(arguments)).c_str());
                return kDone;
            }};
}

}  // namespace espalier::app
