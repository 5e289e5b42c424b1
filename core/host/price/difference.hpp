// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <utility>

#include "host/price/inspection.hpp"

namespace espalier::host {

/// Only what differs, `sum` and `total`: rows of both side by side, and of each number the first less the second.
/// Parts that one of them lacks count as 0. Parts are matched in their order by the names of their weights; between two
/// matches one by one.
/// @return the table, and how many parts are equal.
std::pair<report::Table, std::size_t> difference_table(const Inspection&, const Inspection&);

}  // namespace espalier::host
