// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "app/command.hpp"
#include "host/experiment/components.hpp"
#include "host/experiment/experiment.hpp"
#include "host/store/store.hpp"

namespace espalier::app {

/// The plug-ins on the search path, `--plugin-path` first. @throws UsageError if one of those is no folder.
host::Catalog find_plugins(const Arguments&);
/// A component of the command line: "ofa_mobilenet_v3" or "{use: ofa_mobilenet_v3, width: 1.2}".
/// @param place "--space", for errors.
Config named_component(const std::string&, const std::string& place);
/// Architectures of the command line, as the space writes them. @throws UsageError naming one that is none.
std::vector<Architecture> named_architectures(std::span<const std::string> texts, const SearchSpace&);
/// The `--set` options. @throws UsageError for one without `=`.
std::vector<host::Override> overrides(const Arguments&);
/// The same for a run that has begun. @throws UsageError for one that it may not change.
std::vector<host::Override> changes_of_a_run(const Arguments&);
/// An experiment and everything it names, made.
struct Loaded {
    host::Experiment experiment;
    host::Components parts;
};
/// @throws ConfigError with everything that is wrong in the file, and for a `start` in another space; PluginError.
Loaded load(const std::filesystem::path& file, std::span<const host::Override>, host::PluginHost&);
/// The same, of which only the data and the space are made, and only their errors count.
Loaded load_space(const std::filesystem::path& file, std::span<const host::Override>, host::PluginHost&);
Loaded load_space(const host::RunStore&, host::PluginHost&);
/// The same, and the costs.
Loaded load_costs(const host::RunStore&, host::PluginHost&);
/// The first, and that its winners can be told and its costs priced at all. @throws ConfigError
Loaded load_to_run(const std::filesystem::path& file, std::span<const host::Override>, host::PluginHost&);
/// The same as the first for the experiment that a run was started with. `workers`, if given, replaces the run's, for
/// now.
Loaded load(const host::RunStore&, host::PluginHost&, std::span<const host::Override> = {},
            std::optional<int> workers = std::nullopt);
/// Only read, as far as the plug-ins that are there allow: what the run needed and is missing now is no error.
host::Experiment stored_experiment(const host::RunStore&, const host::Catalog&);

}  // namespace espalier::app
