// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <string>
#include <vector>

#include "espalier/measuring.hpp"
#include "espalier/sdk/cost_table.hpp"

#include "host/experiment/components.hpp"

namespace espalier::host {

using Provenance = std::map<std::string, std::string>;
inline constexpr const char* kMeasured = "measured.";  ///< then who is measured, or measures

/// What a table says of where it was measured.
CostTableHeader header_of(const MeasuringConditions&, std::string device);

/// On what and how an experiment's costs are measured, by who says so: a table of costs by its absolute path, with its
/// date, or a component that measures. Who does not say is left out.
std::map<std::string, std::string> measuring(const Components&);

/// What results depend on beside the experiment's text, by name: "espalier.stamp", "execution.device",
/// "execution.replicas", "execution.threads", "file.<absolute path>" (content hash), "measured.<who>" (see
/// `measuring`), "plugin.<name>.build", "plugin.<name>.version". For the run's store.
Provenance provenance(const Experiment&, const Components&, const PluginHost&);

/// A sentence for everything that both know and that is not the same now, files first. What only one of them knows
/// (another data file) is no change: fingerprints and the experiment's text tell that.
std::vector<std::string> provenance_changes(const Provenance& then, const Provenance& now);

}  // namespace espalier::host
