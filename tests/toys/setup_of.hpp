// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "espalier/search_space.hpp"
#include "espalier/setup.hpp"

namespace espalier::test {

/// The set-up of a component that has nothing but a space. It is lent.
inline Setup setup_of(const SearchSpace& space)
{
    Setup setup;
    setup.space = &space;
    return setup;
}

}  // namespace espalier::test
