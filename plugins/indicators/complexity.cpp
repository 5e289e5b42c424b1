// SPDX-License-Identifier: Apache-2.0
#include "complexity.hpp"

#include "espalier/counts.hpp"
#include "espalier/resolve.hpp"

namespace espalier::indicators {

double complexity(const Network& network)
{
    return macs(resolved(network, Region(Architecture{})));  // without what leads nowhere
}

}  // namespace espalier::indicators
