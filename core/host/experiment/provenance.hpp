// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <string>
#include <vector>

#include "host/experiment/components.hpp"

namespace espalier::host {

using Provenance = std::map<std::string, std::string>;

/// How the experiment's tables of costs were measured, by absolute path: device, threads, date. Files that do not say
/// are left out.
std::map<std::string, std::string> measured_tables(const Components&);

/// What results depend on beside the experiment's text, by name: "espalier.stamp", "execution.device",
/// "execution.replicas", "execution.threads", "file.<absolute path>" (content hash), "measured.<absolute
/// path>" (of a table of costs), "plugin.<name>.build", "plugin.<name>.version". For the run's store.
Provenance provenance(const Experiment&, const Components&, const PluginHost&);

/// A sentence for everything that both know and that is not the same now, files first. What only one of them knows
/// (another data file) is no change: fingerprints and the experiment's text tell that.
std::vector<std::string> provenance_changes(const Provenance& then, const Provenance& now);

}  // namespace espalier::host
