// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace espalier {

/// The column names in the first line of a CSV file (also `.gz`, `.xz`), behind the comments of a table that says how
/// it was measured (cost_table.hpp); the rest of the file is not read. Columns without a name, such as the index that
/// pandas writes, are left out.
/// @throws Error naming the file if it cannot be read, is empty, is no UTF-8 text or repeats a name, or its comments
/// are wrong.
std::vector<std::string> csv_header(const std::filesystem::path& file);

/// Some columns of a CSV file (RFC 4180: quoted cells; separated by commas, or by semicolons or tabs if the header is;
/// also `.gz`, `.xz`), read at once. Empty lines are skipped, blanks around a cell are no part of it. A table that says
/// how it was measured (cost_table.hpp) is checked as a whole: its header, the number of its rows, all costs.
class CsvColumns {
public:
    /// @param columns names from the header line; cells are found in this order.
    /// @throws Error with file and line: a column is not in the header, a line has more or fewer cells than the header,
    /// a quotation mark is not closed, more than 10,000,000 rows or 512 MiB, a table of costs is wrong or incomplete;
    /// or as `read_file_decompressed`.
    CsvColumns(const std::filesystem::path& file, const std::vector<std::string>& columns);

    std::size_t rows() const { return lines_.size(); }
    /// Without the apostrophe that keeps a text which begins with =, +, - or @ from being a spreadsheet's formula.
    std::string cell(std::size_t row, std::size_t column) const;
    /// A cell as it stands in the file; of a quoted cell what is between the quotation marks, "" not undone.
    std::string_view raw(std::size_t row, std::size_t column) const
    {
        const Cell c = cells_[row * columns_ + column];
        return std::string_view(text_).substr(c.begin, c.size);
    }
    /// The number that a cell holds, if it holds one. It may be infinite (Infinity, -inf, ...); NaN is none.
    /// @throws Error with the cell's place if it has a decimal comma, and commas do not separate the file's cells.
    std::optional<double> number(std::size_t row, std::size_t column) const;
    /// Why a cell holds no number, after its place; decimal commas and separators of thousands are named.
    std::string no_number(std::size_t row, std::size_t column) const;
    /// "file:line:column" of the cell, both from 1, the column in bytes.
    std::string place(std::size_t row, std::size_t column) const;

private:
    struct Cell {
        std::size_t begin;
        std::uint32_t size;
        std::uint32_t in_line;  // bytes from the beginning of its line
    };
    std::string file_, text_;
    std::size_t columns_;
    char separator_ = ',';
    std::vector<Cell> cells_;           // row by row
    std::vector<std::uint32_t> lines_;  // of each row, from 1
};

}  // namespace espalier
