// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <span>
#include <vector>

#include "espalier/moo/table.hpp"

namespace espalier::moo {

/// The volume between `points` and `reference` that some point dominates, exact. Points that are not smaller than the
/// reference in every objective add nothing, nor do duplicates and dominated points; no points: 0.
///
/// Two objectives: a sweep; three: a sweep over a staircase, both O(n log n) (Fonseca, Paquete, Lopez-Ibanez, CEC
/// 2006); more: WFG by slices down to three (While, Bradstreet, Barone, IEEE Trans. Evol. Comput. 16(1), 2012).
/// @throws Error for a value that is not a number, or a reference of other length.
double hypervolume(const Points& points, std::span<const double> reference);

/// What each point adds to the hypervolume of all: 0 for dominated points and for duplicates.
/// @throws Error as `hypervolume`.
std::vector<double> hypervolume_contributions(const Points& points, std::span<const double> reference);

/// `count` rows chosen one after the other, each the one that adds most to the hypervolume of those before it; the
/// lower row among equals. In the order chosen; all rows if there are no more than `count`.
Rows greedy_hypervolume_subset(const Points& points, std::size_t count, std::span<const double> reference);

/// The hypervolume of the points known after 1, 2, ... `length` counts, exact, rising.
/// @param at ascending, one for each point. Each point costs one hypervolume of what it shares with the front so far
/// (the exclusive volume of While et al., "A fast way of calculating exact hypervolumes", 2012).
std::vector<double> hypervolume_curve(const Points& points, std::span<const std::uint32_t> at, std::size_t length,
                                      std::span<const double> reference);

}  // namespace espalier::moo
