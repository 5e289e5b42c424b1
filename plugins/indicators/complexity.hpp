// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "espalier/network.hpp"

namespace espalier::indicators {

/// C: multiply-adds of the live network, what does not reach the output left out. The baseline that every indicator
/// has to beat; Lee and Ham, "AZ-NAS" (CVPR 2024), use it beside theirs ("complexity", there with the dead operations).
double complexity(const Network&);

}  // namespace espalier::indicators
