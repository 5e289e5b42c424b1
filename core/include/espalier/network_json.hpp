// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

#include "espalier/network.hpp"

namespace espalier {

/// The network as JSON in UTF-8, one layer a line; docs/layers.md describes the format, whose number is 1.
/// @throws Error naming the layer if JSON cannot say an attribute (infinite or no number) or a text (not UTF-8).
ESPALIER_API std::string to_json(const Network&);

/// Inverts `to_json` exactly: layers, attributes, names of weights, shapes also of narrowed and custom layers, marks.
/// @throws Error, one sentence with line and column or the layer, for text that is no network.
ESPALIER_API Network parse_network(std::string_view json);

}  // namespace espalier
