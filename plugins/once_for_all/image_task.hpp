// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>

#include "espalier/data.hpp"

namespace espalier::once_for_all {

/// What goes into a network and comes out of it: square images of three colours, and classes.
struct ImageTask {
    std::int64_t side = 224;
    std::size_t classes = 1000;
};

/// @param resolution,classes as the options of the spaces give them; 0: those of `data`, ImageNet's without.
/// @throws OptionError for what contradicts `data`, Error where `data` has no such images.
ImageTask image_task(int resolution, int classes, const Data* data);

}  // namespace espalier::once_for_all
