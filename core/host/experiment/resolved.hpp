// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <span>
#include <string>

#include "host/experiment/experiment.hpp"

namespace espalier::host {

/// The map with every option that has a value or a default, in the order of `options`; nested components too. Paths
/// are absolute. A default stands where the map stands, so that messages about it lead there.
Config with_defaults(const Config& map, std::span<const Option> options, const Catalog&);
/// The component that `config` names, `use` first; unchanged if the catalog has none of that name.
Config with_defaults(const Config& config, Kind, const Catalog&);

/// Experiment::resolved: the experiment as a file, in the order of `experiment_keys`, one line a component.
std::string resolved_yaml(const Experiment&, const Catalog&);

}  // namespace espalier::host
