// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "host/experiment/components.hpp"

namespace espalier::host {

/// Prices an architecture, so that a table of another space or resolution is told before anything starts. Asks the cost
/// models that answer at once, also where they stand as evaluator or in `final`, in a process of their own for at most
/// 10 s. One that throws an Error, or that refuses each of 1,000 random architectures for the same reason, is an error
/// at its place.
void check_prices(const Experiment&, const Components&, Diagnostics&);

}  // namespace espalier::host
