// SPDX-License-Identifier: Apache-2.0
#include <cstdio>

#include "espalier/plugin.hpp"

#include "app/command.hpp"
#include "app/exit_status.hpp"
#include "host/plugins/stamp.hpp"

namespace espalier::app {

Command version_command()
{
    return {.name = "version",
            .positional = "",
            .summary = "the version and the build stamp",
            .description = "Prints the version, the ABI number and the build stamp that plug-ins must agree with.",
            .most_positional = 0,
            .options = {},
            .run = [](const Arguments&) -> int {
                std::printf("espalier %s\nabi %u\nstamp %s\n", ESPALIER_VERSION, unsigned{kAbiVersion},
                            host::host_stamp().c_str());
                return kDone;
            }};
}

}  // namespace espalier::app
