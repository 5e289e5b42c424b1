// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace espalier::report {

/// Nothing, text, a number, or a count.
using Cell = std::variant<std::monostate, std::string, double, std::uint64_t>;

/// Rows under named columns. Each row has one cell per column.
struct Table {
    std::vector<std::string> columns;
    std::vector<std::vector<Cell>> rows;
};

/// `table` is for people: aligned, six significant digits. `markdown` rounds likewise. `csv` (RFC 4180) and `json` (a
/// list of objects, empty cells null) give every number, as `exact` does, so that reading it gives the same bits.
enum class Format : std::uint8_t { table, csv, json, markdown };

std::string to_text(const Table&, Format);

/// Takes the column away where no row says anything in it.
void drop_if_empty(Table&, std::string_view column);

/// Nothing where a figure is not defined (NaN), such as the spread of one value.
Cell if_defined(double);

/// A cell as `table` has it.
std::string cell_text(const Cell&);

}  // namespace espalier::report
