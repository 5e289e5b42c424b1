// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "espalier/sdk/cost_table.hpp"

namespace espalier {

/// A line before the columns' names.
struct Comment {
    std::size_t line;  // from 1
    std::string text;  // from its `#`
};

/// All of a CSV file before its rows.
struct CsvHead {
    std::optional<CostTableHeader> measured;  // none: a file without comments
    std::vector<std::string> names;           // of all columns, empty ones too
    std::size_t line = 0;                     // of the names
};

CsvHead csv_head(const std::filesystem::path&);

/// What stands behind a cost's name in the name of its dispersion.
inline constexpr std::string_view kDispersion = "_sd";

/// Whether a line begins a table that says how it was measured, in this version or another.
bool begins_cost_table(std::string_view line);
/// @throws Error with file and line.
CostTableHeader header_of(std::span<const Comment>, const std::string& file);
/// Costs have units, dispersions costs. @throws Error naming file and line.
void check_cost_columns(std::span<const std::string> names, const std::string& place);

}  // namespace espalier
