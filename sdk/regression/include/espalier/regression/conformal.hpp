// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <span>

namespace espalier::regression {

/// Split-conformal quantiles (Vovk, Gammerman, Shafer, "Algorithmic Learning in a Random World", 2005): of n values
/// that were drawn as the next one is, that next one is at most the quantile with a probability of at least
/// `probability`, whatever the distribution, and of at most `probability` + 1 / (n + 1).
///
/// The ceil((n + 1) x probability)-th least of them. @throws Error if there are too few: fewer than
/// `fewest_for(probability)`.
double conformal_upper(std::span<const double> values, double probability);
/// The same for the next one to be at least the quantile: minus the upper quantile of the negative values.
double conformal_lower(std::span<const double> values, double probability);
/// The least n for which there is a quantile: 19 for 0.95. @param probability above 0, below 1.
std::size_t fewest_for(double probability);

}  // namespace espalier::regression
