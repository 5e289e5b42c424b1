// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string_view>

#include "espalier/error.hpp"

namespace espalier {

/// What is wrong with a factor between a column and a metric: it is 0 or no number; or the names end in units, `_us`
/// and `_ms`, and it is not the factor between them, or half to twice of that. Units of different quantities, `_ms` and
/// `_mj`, need a factor other than 1.
/// @param metric empty: the column's name.
std::optional<OptionError> wrong_scale(std::string_view column, std::string_view metric, double factor);

}  // namespace espalier
