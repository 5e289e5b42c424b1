// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "espalier/export.hpp"
#include "espalier/rng.hpp"
#include "espalier/shape.hpp"

namespace espalier::torch_sdk {

/// An image of any size: bytes, [channels, height, width].
struct Picture {
    std::vector<std::uint8_t> pixels;
    Shape shape;
};

/// A part of a picture, in its pixels.
struct PictureBox {
    double top = 0, left = 0, height = 0, width = 0;
};

/// The largest box in the middle that has the proportions of `output`, times `part` of its sides: resizing the shorter
/// side to 256 pixels and cutting out the middle 224 is a part of 224/256.
ESPALIER_API PictureBox central_box(const Shape& picture, const Shape& output, double part = 1);

/// A box anywhere of a random share of the area, uniform in [least_area, 1], and proportions between 3:4 and 4:3,
/// uniform in their logarithm (Szegedy et al., Going deeper with convolutions, CVPR 2015, section 6). Where ten in a
/// row do not fit, the central one, of proportions within those.
ESPALIER_API PictureBox random_box(const Shape& picture, double least_area, Rng&);

/// The box at the size of `output`, whose channels are the picture's. Each pixel is the mean over a triangle, twice as
/// wide as the pixels are apart, so that nothing is passed over where it gets smaller; linear where it gets larger.
/// @param pixels of `picture`.
ESPALIER_API std::vector<std::uint8_t> resampled(std::span<const std::uint8_t> pixels, const Shape& picture,
                                                 const PictureBox&, const Shape& output);

}  // namespace espalier::torch_sdk
