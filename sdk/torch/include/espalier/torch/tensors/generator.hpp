// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string_view>

#include <ATen/core/Generator.h>

#include "espalier/rng.hpp"

namespace espalier::torch_sdk {

/// A generator of LibTorch's for the CPU, for what is drawn in bulk: weights, noise. Depends on `seed` and `stream`
/// only.
ESPALIER_API at::Generator generator(std::uint64_t seed, std::string_view stream);
/// Seeded with the next number of `rng`.
ESPALIER_API at::Generator generator(Rng& rng);

}  // namespace espalier::torch_sdk
