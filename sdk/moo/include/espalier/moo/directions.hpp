// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "espalier/moo/table.hpp"
#include "espalier/rng.hpp"

namespace espalier::moo {

/// All points of the unit simplex whose coordinates are multiples of 1 / `partitions` (Das and Dennis, SIAM J. Optim.
/// 8(3), 1998), in lexicographic order: binomial(partitions + objectives - 1, objectives - 1) rows.
Points das_dennis_directions(std::size_t objectives, std::size_t partitions);

/// `count` well-spaced points of the unit simplex, its corners among them, by minimising the Riesz s-energy with
/// s = 2 objectives (Blank, Deb, Dhebar, Bandaru, Seada, IEEE Trans. Evol. Comput. 25(1), 2021). Two objectives: equal
/// steps. Differs from the paper: the best of five descents, one from a Das-Dennis lattice filled up with farthest
/// points, four from farthest points alone; the corners, which any minimum contains, do not move.
/// @throws Error if `count` < `objectives` or there are fewer than two objectives.
Points riesz_directions(std::size_t objectives, std::size_t count, Rng& rng);

/// log of the mean over all pairs of 1 / distance^(2 objectives): what `riesz_directions` minimises.
double riesz_energy(const Points& directions);

}  // namespace espalier::moo
