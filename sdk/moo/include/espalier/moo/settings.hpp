// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

#include "espalier/moo/variation.hpp"

namespace espalier::moo {

/// What methods have in common; each has settings of its own that derive from these (methods.hpp). Methods that cross
/// no parents have no use for the last three.
struct Settings {
    std::size_t population = 50;  ///< members; of a method without members, such as random search, those of a batch
    std::size_t batch = 0;        ///< how many it would be asked for at once; 0: the population
    std::uint64_t seed = 1;
    Variation variation = {};
    bool latin_hypercube = false;  ///< the initial population holds every option of a gene equally often
    bool never_again = false;  ///< no genome whose key was ever asked for or told, instead of none in the population
};

}  // namespace espalier::moo
