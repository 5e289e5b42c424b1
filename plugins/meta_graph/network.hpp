// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstddef>
#include <string_view>

#include "espalier/network.hpp"

#include "backbone.hpp"

namespace espalier::meta_graph {

/// What a layer holds, in the order of its decisions: inverted bottlenecks of a depthwise kernel k and expansion e, and
/// two plain convolutions.
inline constexpr std::array<std::string_view, 5> kModules{"k3_e6", "k3_e3", "k5_e6", "k5_e3", "basic"};
inline constexpr std::size_t kForced = 4;  ///< run in the first layer of a stage where none is on

/// What a layer makes of its modules' outputs.
enum class Combination : std::uint8_t { sum, mean };

/// All networks of the space: decision 5 (l - 1) + m is module m of layer l, 0 off or 1 on. A layer of which all are
/// off hands its input on; the first one of a stage runs the forced module instead. Weights are named
/// "layer<l>.<module>.<part>".
Network super_network(const Backbone&, const Shape& input, std::size_t classes, Combination);

}  // namespace espalier::meta_graph
