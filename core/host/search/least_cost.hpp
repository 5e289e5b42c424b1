// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <span>
#include <string>

#include "host/calls/asked_component.hpp"

namespace espalier::host {

/// Where nothing feasible was found: how small (of a maximum; of a minimum: how large) each cost can be made whose
/// constraint nothing in `all` keeps; where each constraint can be kept alone, whether all can be together, and what is
/// nearest. Spaces of up to 20,000 architectures are priced as a whole, so that this is exact; in others it is the best
/// of several descents, decision by decision, and the sentence says so. Whatever strategy searched, the answer does not
/// depend on its luck. Costs that take time are left out.
/// @return sentences, each after a space; empty: there is nothing to tell.
std::string least_costs(AskedComponents&, RunServices&, std::span<const Evaluation> all);

}  // namespace espalier::host
