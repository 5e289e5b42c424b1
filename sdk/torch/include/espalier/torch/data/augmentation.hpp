// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "espalier/torch/data/image_data.hpp"

namespace espalier::torch_sdk {

/// Per channel and byte the normalised value.
using ByteValues = std::vector<std::array<float, 256>>;
ESPALIER_API ByteValues byte_values(const Normalisation&);

/// What is done to every image. All are lent.
struct ImageChanges {
    const Augmentation& augmentation;
    const Shape& shape;  ///< channels, height, width of what comes out
    const Normalisation& normalisation;
    const ByteValues& values;
    double centre = 1;  ///< an image of another size, unless it is cropped at random: its `central_box` of this part
};

/// One image of bytes [c, h, w] into one of normalised floats [h, w, c]. What changes nothing draws nothing.
/// @param from of shape `given`, which has as many channels.
ESPALIER_API void augment(std::span<const std::uint8_t> from, const Shape& given, float* to, const ImageChanges&, Rng&);

}  // namespace espalier::torch_sdk
