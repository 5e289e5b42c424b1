// SPDX-License-Identifier: Apache-2.0
#include "espalier/report/table.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>

#include "espalier/report/text.hpp"

namespace espalier::report {

namespace {

std::string cell_text(const Cell& cell, bool all_digits)
{
    if (const auto* text = std::get_if<std::string>(&cell))
        return printable(*text);
    if (const auto* value = std::get_if<double>(&cell))
        return all_digits ? exact(*value) : rounded(*value);
    if (const auto* count = std::get_if<std::uint64_t>(&cell))
        return std::to_string(*count);
    return "";
}

bool is_number(const std::string& text)
{
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size();
}

/// Spreadsheets calculate what begins so, unless an apostrophe stands before it. Texts that have the apostrophes of
/// their own get one more, so that one can always be taken away again.
bool may_be_formula(const std::string& text)
{
    const std::size_t begin = text.find_first_not_of('\'');
    return begin != std::string::npos && std::string_view("=+-@").find(text[begin]) != std::string_view::npos &&
           !is_number(text);
}

std::string csv_text(std::string field)
{
    if (may_be_formula(field))
        field.insert(0, 1, '\'');
    if (field.find_first_of(",\"\r\n") == std::string::npos)
        return field;
    std::string quoted = "\"";
    for (const char c : field)
        quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    return quoted + '"';
}

std::string csv(const Table& table)
{
    std::string text;
    const auto line = [&](const auto& fields, auto&& field_text) {
        for (std::size_t i = 0; i < fields.size(); ++i)
            text += (i > 0 ? "," : "") + csv_text(field_text(fields[i]));
        text += '\n';
    };
    line(table.columns, printable);
    for (const std::vector<Cell>& row : table.rows)
        line(row, [](const Cell& cell) { return cell_text(cell, true); });
    return text;
}

std::string json_cell(const Cell& cell)
{
    if (const auto* text = std::get_if<std::string>(&cell))
        return json_text(printable(*text));
    const std::string number = cell_text(cell, true);
    return number.empty() ? "null" : number;
}

std::string json(const Table& table)
{
    std::string text = "[";
    for (std::size_t r = 0; r < table.rows.size(); ++r) {
        text += r > 0 ? ",\n {" : "\n {";
        for (std::size_t c = 0; c < table.columns.size(); ++c)
            text += (c > 0 ? ", " : "") + json_text(printable(table.columns[c])) + ": " + json_cell(table.rows[r][c]);
        text += '}';
    }
    return text + (table.rows.empty() ? "]\n" : "\n]\n");
}

/// Code points, so that a column with accents stays aligned.
std::size_t width(const std::string& text)
{
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

using Grid = std::vector<std::vector<std::string>>;

Grid grid_of(const Table& table)
{
    Grid grid(1);
    std::ranges::transform(table.columns, std::back_inserter(grid[0]), printable);
    for (const std::vector<Cell>& row : table.rows) {
        std::vector<std::string>& line = grid.emplace_back();
        for (const Cell& cell : row)
            line.push_back(cell_text(cell, false));
    }
    return grid;
}

/// A column is right-aligned if it has a number and no text.
std::vector<bool> numeric_columns(const Table& table)
{
    std::vector<bool> numeric(table.columns.size());
    for (std::size_t c = 0; c < table.columns.size(); ++c) {
        const auto any = [&](auto&& test) { return std::any_of(table.rows.begin(), table.rows.end(), test); };
        numeric[c] = any([&](const auto& row) { return row[c].index() > 1; }) &&
                     !any([&](const auto& row) { return row[c].index() == 1; });
    }
    return numeric;
}

std::string aligned(const Table& table)
{
    const Grid grid = grid_of(table);
    const std::vector<bool> numeric = numeric_columns(table);
    std::vector<std::size_t> widths(table.columns.size(), 0);
    for (const auto& line : grid)
        for (std::size_t c = 0; c < line.size(); ++c)
            widths[c] = std::max(widths[c], width(line[c]));
    std::string text;
    for (const auto& line : grid) {
        std::string row;
        for (std::size_t c = 0; c < line.size(); ++c) {
            const std::string padding(widths[c] - width(line[c]), ' ');
            row += (c > 0 ? "  " : "") + (numeric[c] ? padding + line[c] : line[c] + padding);
        }
        row.erase(row.find_last_not_of(' ') + 1);
        text += row + '\n';
    }
    return text;
}

std::string markdown(const Table& table)
{
    const Grid grid = grid_of(table);
    const std::vector<bool> numeric = numeric_columns(table);
    std::string text;
    for (std::size_t r = 0; r < grid.size(); ++r) {
        text += '|';
        for (const std::string& field : grid[r]) {
            text += ' ';
            for (const char c : field)
                text += c == '|' ? std::string("\\|") : std::string(1, c == '\n' ? ' ' : c);
            text += " |";
        }
        text += '\n';
        for (std::size_t c = 0; r == 0 && c < numeric.size(); ++c)
            text += numeric[c] ? "| ---: " : "| --- ";
        text += r == 0 ? "|\n" : "";
    }
    return text;
}

}  // namespace

void drop_if_empty(Table& table, std::string_view column)
{
    const auto place = std::ranges::find(table.columns, column) - table.columns.begin();
    const auto silent = [&](const std::vector<Cell>& row) {
        return cell_text(row[static_cast<std::size_t>(place)]).empty();
    };
    if (!std::ranges::all_of(table.rows, silent))
        return;
    table.columns.erase(table.columns.begin() + place);
    for (std::vector<Cell>& row : table.rows)
        row.erase(row.begin() + place);
}

Cell if_defined(double value)
{
    return std::isnan(value) ? Cell{} : Cell{value};
}

std::string cell_text(const Cell& cell)
{
    return cell_text(cell, false);
}

std::string to_text(const Table& table, Format format)
{
    switch (format) {
        case Format::csv:
            return csv(table);
        case Format::json:
            return json(table);
        case Format::markdown:
            return markdown(table);
        case Format::table:
            break;
    }
    return aligned(table);
}

}  // namespace espalier::report
