// SPDX-License-Identifier: Apache-2.0
#include "block_table.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

#include "espalier/error.hpp"
#include "espalier/sdk/csv.hpp"

namespace espalier::cost_models {
namespace {

constexpr std::string_view kInvertedName = "expanded_conv";
constexpr double kLargest = 1e9;  // of a size

bool in_header(const std::vector<std::string>& header, std::string_view column)
{
    return std::find(header.begin(), header.end(), column) != header.end();
}

/// Column 0 is the layer's name, column f the field f, the last one the cost.
std::vector<std::string> columns(bool by_resolution, const std::string& cost)
{
    std::vector<std::string> all;
    for (std::size_t f = 0; f < kFields; ++f)  // where there is no resolution another column stands in, and is not read
        all.emplace_back(name(static_cast<Field>(f == kResolution && !by_resolution ? kInverted : f)));
    all.push_back(cost);
    return all;
}

/// Single layers are told by these always, by kernel and stride where the table has them.
bool tells_single(std::size_t field)
{
    return field == kResolution || field == kInSide || field == kInChannels || field == kOutSide ||
           field == kOutChannels;
}

Signature read(const CsvColumns& cells, std::size_t row, bool by_resolution)
{
    Signature signature{};
    signature[kInverted] = cells.cell(row, kInverted) == kInvertedName ? 1 : 0;
    for (std::size_t f = kInverted + 1; f < kFields; ++f) {
        if (f == kResolution && !by_resolution)
            continue;
        const bool needed = signature[kInverted] == 1 || tells_single(f);
        if (!needed && (cells.cell(row, f).empty() || (f != kKernel && f != kStride)))
            continue;
        const auto number = cells.number(row, f);
        if (!number || !(*number >= 0 && *number <= kLargest) || *number != std::floor(*number))
            throw Error(cells.place(row, f) + ": '" + cells.cell(row, f) + "' in column '" +
                        std::string(name(static_cast<Field>(f))) + "' is no whole number from 0 to 1e9");
        signature[f] = static_cast<std::int64_t>(*number);
    }
    return signature;
}

}  // namespace

std::string BlockTable::missing_column(const std::filesystem::path& file)
{
    const std::vector<std::string> header = csv_header(file);
    for (std::size_t f = 0; f < kFields; ++f)
        if (const auto column = name(static_cast<Field>(f)); f != kResolution && !in_header(header, column))
            return std::string(column);
    return {};
}

BlockTable::BlockTable(const std::filesystem::path& file, const std::string& column, double scale)
    : file_{file.string()}, by_resolution_{in_header(csv_header(file), name(kResolution))}
{
    const CsvColumns cells(file, columns(by_resolution_, column));
    std::map<Signature, std::size_t> row_of;
    for (std::size_t row = 0; row < cells.rows(); ++row) {
        const Signature signature = read(cells, row, by_resolution_);
        const auto cost = cells.number(row, kFields);
        if (!cost)
            throw Error(cells.no_number(row, kFields) + " in column '" + column + "'");
        if (*cost < 0 || std::isinf(*cost))
            throw Error(cells.place(row, kFields) + ": '" + cells.cell(row, kFields) + "' in column '" + column +
                        "' is no number from 0");
        if (const auto [found, is_new] = row_of.emplace(signature, row); !is_new)
            throw Error(cells.place(row, kInverted) + ": the same block stands at " +
                        cells.place(found->second, kInverted));
        values_.emplace(signature, *cost * scale);
    }
    if (values_.empty())
        throw Error(file_ + ": has no rows");
}

double BlockTable::operator()(const Block& block) const
{
    Signature wanted = block.signature;
    if (!by_resolution_)
        wanted[kResolution] = 0;
    auto found = values_.find(wanted);
    if (found == values_.end() && wanted[kInverted] == 0) {
        wanted[kKernel] = wanted[kStride] = 0;
        found = values_.find(wanted);
    }
    if (found == values_.end())
        fail(block, wanted);
    return found->second;
}

void BlockTable::fail(const Block& block, const Signature& wanted) const
{
    std::string text = file_ + ": no row for '" + block.name + "'";
    text += wanted[kInverted] == 1 ? ", an inverted bottleneck (expanded_conv) with" : ", a single layer with";
    for (std::size_t f = kResolution; f < kFields; ++f)
        if (wanted[kInverted] == 1 ? f != kResolution || by_resolution_ : block.signature[f] != 0)
            text += " " + std::string(name(static_cast<Field>(f))) + " " + std::to_string(block.signature[f]);
    std::vector<Signature> like;
    for (const auto& [signature, value] : values_)
        like.push_back(signature);
    for (std::size_t f = 0; f < kFields; ++f) {
        std::set<std::int64_t> known;
        std::vector<Signature> next;
        for (const Signature& s : like) {
            known.insert(s[f]);
            if (s[f] == wanted[f])
                next.push_back(s);
        }
        if (next.empty()) {
            text += f == kInverted ? "; the table has no such rows"
                                   : "; rows that agree so far have " + std::string(name(static_cast<Field>(f)));
            for (const std::int64_t value : known)
                if (f != kInverted)
                    text += (value == *known.begin() ? " " : ", ") + std::to_string(value);
            break;
        }
        like = std::move(next);
    }
    throw Error(text);
}

}  // namespace espalier::cost_models
