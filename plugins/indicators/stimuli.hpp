// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

#include <ATen/core/Tensor.h>

#include "espalier/rng.hpp"
#include "espalier/torch/data/data.hpp"

namespace espalier::indicators {
using at::Tensor;

/// How one image becomes a batch of different ones: a rectangle of it is set to 0, the mean colour.
struct Cutout {
    int side = 0;              ///< of a square in pixels; 0: a random rectangle in the share `probability` of all
    double probability = 0.9;  ///< the rest of the batch keeps the image as it is
    double least_area = 0.02, most_area = 0.04;    ///< share of the image
    double least_aspect = 0.3, most_aspect = 3.3;  ///< height by width, log-uniform
};

/// What to show. Of what is 0 nothing is drawn.
struct StimulusSizes {
    std::int64_t batch = 64;
    std::int64_t cutouts = 64;
    std::int64_t kernel_batch = 16;
    std::int64_t patches = 3000;
    std::int64_t patch_side = 3;
    double noise = 0.1;  ///< standard deviation, in normalised units
    Cutout cutout;
};

/// What every network is shown, the same for all, so that scores differ by the networks only (common random numbers).
struct Stimuli {
    Tensor images;         ///< [batch, channels, height, width]: different training images
    Tensor noisy;          ///< the same images plus normal noise
    Tensor cutouts;        ///< [cutouts, ...]: one image with different rectangles missing
    Tensor kernel_images;  ///< [kernel_batch, ...]
    Tensor patches;        ///< [patches, 1, patch_side, patch_side]: of one random channel of different images
};

/// Depends on data, sizes, seed and repeat only.
Stimuli draw_stimuli(const torch_sdk::TensorData&, const StimulusSizes&, std::uint64_t seed, int repeat);

/// [count, ...]: copies of `image` [channels, height, width] with cut-outs.
Tensor cut_out(const Tensor& image, std::int64_t count, const Cutout&, Rng&);

}  // namespace espalier::indicators
