// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "espalier/registry.hpp"

namespace espalier::evolution {

/// Registers the methods of `espalier::moo` as strategies of the same names, with the options that each describes. Such
/// a strategy evaluates the genomes of its method for real: asks for a batch, evaluates, tells it, until the budget is
/// spent. Objectives are minimised or maximised as the experiment says. Constraints come first: an infeasible
/// architecture is told with how far it is outside, a failed one as a failure. What `start` knows is told before the
/// first batch.
///
/// Methods for one number (`ga`, `constrained_ga`) maximise the reward if there is one, the others only where there
/// are no objectives.
void add_optimisers(Registry&);

}  // namespace espalier::evolution
