// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <c10/core/GradMode.h>

#include "espalier/rng.hpp"
#include "espalier/torch/tensors/generator.hpp"

namespace espalier::sketches {

/// x [n, 1, 8, 8], y [n].
struct Images {
    at::Tensor x, y;
};

/// A noisy bar, horizontal (class 0) or vertical (class 1), easy for a convolution of a few channels.
inline Images bars(std::int64_t n, Rng rng)
{
    Images images{0.5 * at::randn({n, 1, 8, 8}, torch_sdk::generator(rng)), at::empty({n}, at::kLong)};
    for (std::int64_t i = 0; i < n; ++i) {
        const auto label = static_cast<std::int64_t>(rng.below(2)), place = static_cast<std::int64_t>(rng.below(8));
        images.y[i] = label;
        images.x[i][0].select(label, place).add_(2);
    }
    return images;
}

}  // namespace espalier::sketches
