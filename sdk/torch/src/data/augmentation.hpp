// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "espalier/torch/data/image_data.hpp"

namespace espalier::torch_sdk {

/// What is done to every image. All are lent.
struct ImageChanges {
    const Augmentation& augmentation;
    const Shape& shape;  ///< channels, height, width
    const Normalisation& normalisation;
    const std::vector<std::array<float, 256>>& table;  ///< per channel and byte the normalised value
};

/// One image of bytes [c, h, w] into one of normalised floats [h, w, c]. What changes nothing draws nothing.
void augment(const std::uint8_t* from, float* to, const ImageChanges&, Rng&);

}  // namespace espalier::torch_sdk
