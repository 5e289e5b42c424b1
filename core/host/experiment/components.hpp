// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "host/experiment/experiment.hpp"
#include "host/plugins/plugin_host.hpp"

namespace espalier::host {

/// A component and the part that it has in an experiment. Points at the component.
template <class Interface>
struct Part {
    std::unique_ptr<Interface> component;  ///< null: the experiment has none in this part
    std::string role;  ///< for messages and names of phases: "strategy", "evaluator", "cost 0", "final 1", "verify 0"
    std::string name;  ///< what the experiment calls it: "table"
    /// Identifies what it computes: its options with defaults and seed, nested ones too, hashes of the data files they
    /// name, the space, data and the versions of all plug-ins concerned; not the experiment's seed. Results of equal
    /// fingerprint may be shared between runs. Empty for all but costs, evaluator,
    /// finals and verifiers, of which it begins with "verify", so that what the search measured is no verification.
    std::string fingerprint;
    std::string plugin = {};  ///< which has it

    /// "evaluator 'table' of plug-in 'cost_models'"
    std::string who() const
    {
        const std::string named = role + " '" + name + "'";
        return plugin.empty() ? named : named + " of plug-in '" + plugin + "'";
    }
    explicit operator bool() const { return component != nullptr; }
    Interface& operator*() const { return *component; }
    Interface* operator->() const { return component.get(); }
};

/// The components of an experiment, made. Members are destroyed in reverse order: each may refer to those above it.
struct Components {
    Part<Data> data;
    Part<SearchSpace> space;
    std::vector<Part<CostModel>> costs;
    Part<Evaluator> evaluator;
    Part<Reward> reward;
    Part<Strategy> strategy;
    std::vector<Part<Evaluator>> finals;
    std::vector<Part<CostModel>> verifiers;
    /// Content hashes of the files and folders that the components' options name, by absolute path.
    std::map<std::string, std::string> file_hashes;
    Setup setup;  ///< what the strategy saw; its objectives know whether they are priced
};

/// Makes everything in the order data, space, costs, evaluator, finals, verifiers, reward, strategy, and checks that
/// the metrics that objectives, constraints and metric options name exist in the search ("`top1_pct` is known only
/// after `final`"), that two components do not give the same metric, and that each verifier gives one that the search
/// has. All errors go to `diagnostics`; Components are usable if there are none. Also for an experiment with errors: it
/// tells what else is wrong, but not of those that fail for want of a faulty part. Runs, trains and measures nothing.
/// @throws PluginError if a plug-in is refused and nothing else is wrong.
Components assemble(const Experiment&, PluginHost&, Diagnostics&);
/// The data and the space alone.
Components assemble_space(const Experiment&, PluginHost&, Diagnostics&);
/// Those and the costs, of which only those that learn have fingerprints.
Components assemble_costs(const Experiment&, PluginHost&, Diagnostics&);

}  // namespace espalier::host
