// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "espalier/architecture.hpp"
#include "espalier/network.hpp"

namespace espalier::supernet {

/// The architectures of a region with most and with fewest multiply-adds, of equal ones by parameters: what the
/// sandwich rule always trains. Found by changing one decision at a time from several beginnings until none gains, so
/// exact where decisions act in one direction each.
struct Extremes {
    Architecture largest, smallest;
};
Extremes extremes(const Network& super, const Region&);

}  // namespace espalier::supernet
