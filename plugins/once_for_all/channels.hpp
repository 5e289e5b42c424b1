// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

namespace espalier::once_for_all {

/// The multiple of 8 nearest to `channels`, halves upwards, at least 8 and never below 90 % of it: `make_divisible` of
/// the once-for-all code (Cai et al., ICLR 2020) and of MobileNetV2 before it.
std::int64_t divisible(double channels);
/// `divisible` of the whole number nearest to in * ratio: the middle channels of a block.
std::int64_t expanded(std::int64_t channels, double ratio);

}  // namespace espalier::once_for_all
