// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace espalier::hurricane {

/// What section 4 of Zhang et al. asks about an operator at a layer.
struct Profile {
    double macs = 0, params = 0;  ///< F and P
    double cost = 0;              ///< tau, above 0; in any unit, since only ratios count
};

/// Equation 2, (F P)^alpha / tau, as its logarithm. 0 <= alpha; where costs grow with F, operators of all sizes score
/// alike near 0.5, and the largest always win above.
double log_score(const Profile&, double alpha);

/// The places of `profiles`, best score first; of equal scores the first place first.
std::vector<std::size_t> ranked(std::span<const Profile> profiles, double alpha);

/// An operator to explore beside the best `keep`, for accuracy: of those ranked within the next eight, without squeeze
/// and excite, that with the largest F P. The paper gives no rule; this one finds two of its three.
/// @param ranking as `ranked` gives it. @param gated by place. @return its place; none: all eight are gated.
std::optional<std::size_t> explored(std::span<const std::size_t> ranking, std::span<const Profile> profiles,
                                    const std::vector<bool>& gated, std::size_t keep);

}  // namespace espalier::hurricane
