// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "host/experiment/experiment.hpp"
#include "host/plugins/plugin_host.hpp"

namespace espalier::host {

/// The components of an experiment, made. Members are destroyed in reverse order: each may refer to those above it.
struct Parts {
    std::unique_ptr<Data> data;
    std::unique_ptr<SearchSpace> space;
    std::vector<std::unique_ptr<CostModel>> costs;
    std::unique_ptr<Evaluator> evaluator;
    std::unique_ptr<Reward> reward;
    std::unique_ptr<Strategy> strategy;
    std::vector<std::unique_ptr<Evaluator>> finals;
    /// Identifies what a component computes: its options with defaults and seed, nested ones too, hashes of the data
    /// files they name, the space, data and the versions of all plug-ins concerned; not the experiment's seed. In the
    /// order of `costs`; results of equal fingerprint may be shared between runs.
    std::vector<std::string> cost_fingerprints, final_fingerprints;
    std::string evaluator_fingerprint;
    /// Content hashes of the files and folders that the components' options name, by absolute path.
    std::map<std::string, std::string> file_hashes;
    Setup setup;  ///< what the strategy saw; its objectives know whether they are priced
};

/// Makes everything in the order data, space, costs, evaluator, finals, reward, strategy, and checks that the metrics
/// that objectives, constraints and metric options name exist in the search ("`top1_pct` is known only after `final`"),
/// and that two components do not give the same metric. All errors go to `diagnostics`; Parts is usable if there are
/// none. Also for an experiment with errors: it tells what else is wrong, but not of those that fail for want of a
/// faulty part. Runs, trains and measures nothing. @throws PluginError if a plug-in is refused and nothing else is
/// wrong.
Parts assemble(const Experiment&, PluginHost&, Diagnostics&);

}  // namespace espalier::host
