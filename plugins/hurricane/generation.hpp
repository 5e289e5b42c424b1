// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <optional>
#include <span>

#include "lists.hpp"
#include "operators.hpp"
#include "profile.hpp"

namespace espalier::hurricane {

/// How lists are made: section 4 of Zhang et al., "Fast Hardware-Aware Neural Architecture Search" (CVPR Workshops
/// 2020).
struct Generation {
    double alpha = 0.1;
    std::size_t keep = 4;   ///< p, of a list
    bool by_layer = false;  ///< each layer at its own shape; else all of a stage at that of its last layer
    enum class Explore : std::uint8_t { none, large, named } explore = Explore::large;  ///< one more in the last stage
    std::size_t explorer = 0;                                                           ///< which one, if `named`
};

/// For each layer its operators, best score first, then the one to explore unless it is among them.
/// @param places of the layers. @param price asked once for each operator and
/// place. @throws Error naming operator and layer unless it is above 0 and finite.
Lists generated(std::span<const Place> places, const Generation&, const Price&);

}  // namespace espalier::hurricane
