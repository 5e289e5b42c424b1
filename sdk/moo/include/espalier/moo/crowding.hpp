// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <span>

#include "espalier/moo/table.hpp"

namespace espalier::moo {

/// How far apart the neighbours of each point are (Deb, Pratap, Agarwal, Meyarivan, "A fast and elitist multiobjective
/// genetic algorithm: NSGA-II", 2002, section III-B): per objective the gap between the two neighbours in units of the
/// front's range (a range of 0 adds nothing), averaged over the objectives; infinite at either end of any objective.
/// @param front rows of `points`
/// @param distances receives one value per entry of `front`
void crowding_distances(const Points& points, std::span<const std::uint32_t> front, std::span<double> distances);

}  // namespace espalier::moo
