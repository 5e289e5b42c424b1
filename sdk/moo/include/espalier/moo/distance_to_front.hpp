// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "espalier/moo/table.hpp"

namespace espalier::moo {

/// Mean distance from each found point to the nearest point of the true front (GD).
double generational_distance(const Points& found, const Points& front);
/// The same counting only objectives in which the found point is worse (GD+).
double generational_distance_plus(const Points& found, const Points& front);
/// Mean distance from each point of the true front to the nearest found one (IGD).
double inverted_generational_distance(const Points& found, const Points& front);
/// The same counting only objectives in which the found point is worse (IGD+; Ishibuchi, Masuda, Tanigaki, Nojima, EMO
/// 2015): never better for a set that is dominated by another.
double inverted_generational_distance_plus(const Points& found, const Points& front);
// All four throw Error if either set is empty or the numbers of objectives differ.

}  // namespace espalier::moo
