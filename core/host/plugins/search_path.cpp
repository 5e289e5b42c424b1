// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <stdlib.h>

#include "host/plugins/catalog.hpp"
#include "host/plugins/own_file.hpp"

namespace espalier::host {
namespace {

/// secure_getenv: a command that runs with more rights than its caller does not search where the caller says.
std::string environment(const char* name)
{
    const char* value = ::secure_getenv(name);
    return value ? value : "";
}

/// Beside the command: where the installation puts libraries, or lib/ of a build tree.
std::filesystem::path installed_plugins()
{
    const std::filesystem::path prefix = own_file().parent_path().parent_path();
    std::error_code ignored;
    std::filesystem::path installed = prefix / ESPALIER_LIBRARY_FOLDER / "espalier/plugins";
    return std::filesystem::is_directory(installed, ignored) ? installed : prefix / "lib/espalier/plugins";
}

class SearchPath {
public:
    void add(const std::filesystem::path& folder)
    {
        std::error_code problem;
        std::filesystem::path real = std::filesystem::weakly_canonical(folder, problem);
        if (problem)
            real = std::filesystem::absolute(folder, problem);
        if (std::ranges::find(folders, real) == folders.end())
            folders.push_back(std::move(real));
    }
    std::vector<std::filesystem::path> folders;
};

}  // namespace

PluginFolders plugin_search_path(std::span<const std::string> from_command_line)
{
    SearchPath path;
    for (const std::string& folder : from_command_line) {
        std::error_code problem;
        if (!std::filesystem::is_directory(folder, problem))
            throw Error("--plugin-path " + folder + ": is no folder; name the folder that the plug-ins are in");
        path.add(folder);
    }
    const std::size_t chosen = path.folders.size();
    const std::string listed = environment("ESPALIER_PLUGIN_PATH");
    for (std::size_t at = 0; at < listed.size();) {
        const std::size_t end = std::min(listed.find(':', at), listed.size());
        if (end > at)
            path.add(listed.substr(at, end - at));
        at = end + 1;
    }
    if (const std::string data = environment("XDG_DATA_HOME"); !data.empty())
        path.add(std::filesystem::path(data) / "espalier/plugins");
    else if (const std::string home = environment("HOME"); !home.empty())
        path.add(std::filesystem::path(home) / ".local/share/espalier/plugins");
    path.add(installed_plugins());
    return {std::move(path.folders), chosen};
}

}  // namespace espalier::host
