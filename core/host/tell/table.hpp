// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace espalier::host {

/// Nothing, text, a number, or a count.
using Cell = std::variant<std::monostate, std::string, double, std::uint64_t>;

/// Rows under named columns. Each row has one cell per column.
struct Table {
    std::vector<std::string> columns;
    std::vector<std::vector<Cell>> rows;
};

/// `table` is for people: aligned, six significant digits. `markdown` rounds likewise. `csv` (RFC 4180) and `json` (a
/// list of objects, empty cells and undefined numbers null) give every number so that reading it gives the same bits.
enum class Format : std::uint8_t { table, csv, json, markdown };

std::string to_text(const Table&, Format);

/// The shortest decimal that reads back as the same number; whole numbers up to 2^53 without exponent.
std::string exact(double);
/// Six significant digits; whole numbers up to 2^53 in full.
std::string rounded(double);
/// With quotes and escapes; bytes that are no UTF-8 are replaced.
std::string json_text(std::string_view);

}  // namespace espalier::host
