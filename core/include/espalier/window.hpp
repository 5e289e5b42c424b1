// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdint>

#include "espalier/network.hpp"

namespace espalier {

/// Where a convolution or pool looks, defaults filled in; each {height, width}. The default padding is
/// dilation * (kernel - 1) / 2, rounded down: an odd kernel at stride 1 keeps the size, kernel 2 is not padded.
struct Window {
    std::array<std::int64_t, 2> kernel{1, 1}, stride{1, 1}, pad{0, 0}, dilation{1, 1};
    bool operator==(const Window&) const = default;
};

/// @throws Error unless the layer is a `conv`, `max_pool` or `avg_pool`.
ESPALIER_API Window window(const Layer&);
/// Of a `conv`; a depthwise one has as many as it has input channels, also where a mask made it narrower. 1 for others.
ESPALIER_API std::int64_t groups(const Layer&);

}  // namespace espalier
