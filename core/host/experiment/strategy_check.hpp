// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "host/experiment/components.hpp"

namespace espalier::host {

/// Lets the strategy begin, in a process of its own for at most 2 s, up to the first thing that takes a run: a
/// proposal, a price, a phase, what is known of another run. What it refuses until then, a budget that is too small for
/// it, is an error at its place.
void check_strategy(const Experiment&, const Components&, Diagnostics&);

}  // namespace espalier::host
