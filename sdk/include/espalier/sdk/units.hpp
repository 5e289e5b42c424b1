// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "espalier/error.hpp"

namespace espalier {

enum class Quantity : std::uint8_t { time, energy, power, size, share };

/// What a number is counted in, as names of columns and metrics end: `latency_us`.
struct Unit {
    std::string_view name;
    Quantity quantity;
    double of_base;  ///< seconds, joules, watts, bytes, the whole
};

/// The unit that a name ends in. Null: in none of these.
const Unit* unit_of(std::string_view name);
/// The metric that says a metric's standard deviation: "latency_sd_ms" of "latency_ms".
std::string deviation_metric(std::string_view metric);
/// The metric that is 1 where a measurement ended before it was known well: "latency_unsettled" of "latency_ms".
std::string unsettled_metric(std::string_view metric);
/// Of an option `as` that is no name of a metric for numbers in this unit: an empty one, or one that ends in another.
/// @param unit its name: "ms".
std::optional<OptionError> wrong_metric(std::string_view as, std::string_view unit);
/// "_ns, _us, ...": all of them, for messages.
std::string unit_endings();

}  // namespace espalier
