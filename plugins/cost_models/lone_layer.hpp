// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "espalier/network.hpp"

namespace espalier::cost_models {

/// A network of this convolution or linear layer alone, on an input of its own, at other widths. Kernel transforms are
/// left away.
/// @param width_in,width_out whole, positive; of a depthwise convolution `width_out` follows from `width_in`.
Network lone_layer(const Layer&, double width_in, double width_out);

}  // namespace espalier::cost_models
