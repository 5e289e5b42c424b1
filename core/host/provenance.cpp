// SPDX-License-Identifier: Apache-2.0
#include "host/provenance.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "host/stamp.hpp"

namespace espalier::host {

namespace {

constexpr std::string_view kFile = "file.";

std::string change(const std::string& name, const std::string& then, const std::string& now)
{
    if (name.starts_with(kFile))
        return fmt::format("{}: has other contents than when the run was started", name.substr(kFile.size()));
    return fmt::format("{} was '{}' when the run was started and is '{}' now", name, then, now);
}

}  // namespace

Provenance provenance(const Experiment& experiment, const Parts& parts, const PluginHost& plugins)
{
    Provenance all{{"espalier.stamp", host_stamp()},
                   {"execution.device", experiment.execution.device},
                   {"execution.threads", std::to_string(experiment.execution.threads)}};
    for (const auto& [path, hash] : parts.file_hashes)
        all.emplace_back(std::string(kFile) + path, hash);
    for (const CatalogPlugin* plugin : plugins.loaded()) {
        all.emplace_back("plugin." + plugin->name + ".build", plugin->build);
        all.emplace_back("plugin." + plugin->name + ".version", plugin->version);
    }
    std::sort(all.begin(), all.end());
    return all;
}

std::vector<std::string> provenance_changes(const Provenance& then, const Provenance& now)
{
    const std::map<std::string, std::string> before(then.begin(), then.end());
    std::vector<std::string> files, others;
    for (const auto& [name, value] : now) {
        const auto found = before.find(name);
        if (found != before.end() && found->second != value)
            (name.starts_with(kFile) ? files : others).push_back(change(name, found->second, value));
    }
    files.insert(files.end(), others.begin(), others.end());
    return files;
}

}  // namespace espalier::host
