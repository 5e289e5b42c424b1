// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <span>
#include <vector>

namespace espalier::regression {

/// Mean absolute percentage error: 100 x mean of |y - p| / max(|y|, 2.2e-16), in %. NaN of nothing.
double mape(std::span<const double> truth, std::span<const double> predicted);
/// Root mean square error, in the units of the values. NaN of nothing.
double rmse(std::span<const double> truth, std::span<const double> predicted);

/// How much alike two orders are, from -1 to 1. NaN where it is not defined: fewer than two pairs, or a constant.
/// All values finite. O(n log n).
double kendall_tau(std::span<const double> a, std::span<const double> b);   ///< tau-b
double spearman_rho(std::span<const double> a, std::span<const double> b);  ///< ties at their average rank
double pearson_r(std::span<const double> a, std::span<const double> b);

/// Equal values have equal ranks; from 0, without gaps. Made once where many samples of the same values are compared.
std::vector<std::uint32_t> dense_ranks(std::span<const double> values);
/// The same of dense ranks, or of a sample of them. O(n + highest rank) and one merge sort.
double kendall_tau_of_ranks(std::span<const std::uint32_t> a, std::span<const std::uint32_t> b);
double spearman_rho_of_ranks(std::span<const std::uint32_t> a, std::span<const std::uint32_t> b);

}  // namespace espalier::regression
