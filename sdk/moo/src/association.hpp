// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <span>
#include <vector>

#include "espalier/moo/settings.hpp"

namespace espalier::moo {

/// For each point the reference direction whose line through the origin is nearest.
struct Association {
    Rows niche;                    ///< row of the direction
    std::vector<double> distance;  ///< perpendicular to it
};

Association associate(const Points& points, const Points& directions);

/// `settings.directions` if there are any, checked; otherwise Riesz s-energy directions, `count` of them, the same in
/// every search and computed once a process.
/// @throws Error if they have another number of objectives, or are fewer
Points checked_directions(const Points& wanted, std::size_t objectives, std::size_t count);

/// `settings` with one member for each direction, if there are any.
Settings one_each(const Settings& settings, const Points& directions);

}  // namespace espalier::moo
