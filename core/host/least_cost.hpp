// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <span>
#include <string>

#include "host/asked_component.hpp"

namespace espalier::host {

/// Where nothing feasible was found: how small (of a maximum; of a minimum: how large) each cost can be made whose
/// constraint nothing in `all` keeps. A descent from the nearest architecture, decision by decision; whatever strategy
/// searched, the answer does not depend on its luck. Costs that have to be measured are left out.
/// @return one sentence for each such constraint; empty: there is none.
std::string least_costs(AskedComponents&, Workplace&, std::span<const Evaluation> all);

}  // namespace espalier::host
