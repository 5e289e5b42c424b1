// SPDX-License-Identifier: Apache-2.0
#include <cstdio>

#include "app/command.hpp"
#include "app/exit_status.hpp"
#include "app/experiment_file.hpp"
#include "app/output.hpp"
#include "host/plugins/plugin_report.hpp"

namespace espalier::app {

namespace {

const std::string& only_name(const Arguments& arguments, const char* usage)
{
    if (arguments.positional.size() != 2)
        throw UsageError(std::string("usage: espalier plugins ") + usage);
    return arguments.positional[1];
}

int show(const host::Catalog& catalog, const std::string& name)
{
    try {
        say(stdout, host::plugin_details(catalog, name));
        const host::CatalogPlugin* plugin = catalog.plugin(name);
        return plugin != nullptr && !plugin->refusal.empty() ? kPluginRefused : kDone;
    } catch (const Error& error) {  // a name that does not exist is wrong usage
        throw UsageError(error.what());
    }
}

int check_library(const std::string& library)
{
    if (library.empty())
        throw UsageError("plugins check FILE: the file has no name");
    const host::CheckedPlugin checked = host::check_plugin(library);
    say(stdout, host::plugin_verdict(checked));
    return checked.plugin.refusal.empty() ? kDone : kPluginRefused;
}

int plugins(const Arguments& arguments)
{
    const std::string what = arguments.positional.empty() ? "list" : arguments.positional[0];
    if (what == "check")
        return check_library(only_name(arguments, "check FILE"));
    const host::Catalog catalog = find_plugins(arguments);
    if (what == "show")
        return show(catalog, only_name(arguments, "show NAME"));
    if (what != "list" || arguments.positional.size() > 1)
        throw UsageError("espalier plugins: '" + (what == "list" ? arguments.positional[1] : what) + "' is unknown" +
                         suggestion(what, {"list", "show", "check"}));
    say(stdout, host::plugin_list(catalog));
    return kDone;
}

}  // namespace

Command plugins_command()
{
    return {.name = "plugins",
            .positional = "[list | show NAME | check FILE]",
            .summary = "which plug-ins there are, and their options",
            .description =
                "list: all plug-ins on the search path with their components, and those refused with the reason.\n"
                "show NAME: a plug-in, or a component with all its options; status 3 if the plug-in is refused.\n"
                "check FILE: loads one plug-in in a process of its own and says whether it would be used; status 3 if\n"
                "not.",
            .most_positional = 2,
            .options = {kPluginPath},
            .run = plugins};
}

}  // namespace espalier::app
