// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

#include "espalier/network.hpp"

namespace espalier::torch_sdk {

/// The extents of a layer's tensors at its own widths; empty: it has no such tensor.
struct WeightShapes {
    enum class Kind : std::uint8_t { none, convolution, linear, normalisation };
    Kind kind = Kind::none;
    Shape weight, bias, statistics;
};

WeightShapes weight_shapes(const Layer&);

}  // namespace espalier::torch_sdk
