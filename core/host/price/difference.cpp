// SPDX-License-Identifier: Apache-2.0
#include "host/price/difference.hpp"

#include <algorithm>

namespace espalier::host {
namespace {

using report::Cell;
using Row = Inspection::Row;

/// How the rows of two architectures stand beside each other; -1: the other has none.
using Pairs = std::vector<std::pair<std::ptrdiff_t, std::ptrdiff_t>>;

/// The longest common subsequence by what rows are called, by dynamic programming; what is between two of its members
/// is paired one by one.
Pairs aligned(const std::vector<Row>& a, const std::vector<Row>& b)
{
    const auto called = [](const Row& row) { return row.weights.empty() ? row.part : row.weights; };
    std::vector<std::vector<std::size_t>> length(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
    for (std::size_t i = a.size(); i-- > 0;)
        for (std::size_t j = b.size(); j-- > 0;)
            length[i][j] =
                called(a[i]) == called(b[j]) ? length[i + 1][j + 1] + 1 : std::max(length[i + 1][j], length[i][j + 1]);
    Pairs pairs;
    std::size_t i = 0, j = 0, of_a = 0, of_b = 0;  // [of_a, i) and [of_b, j) are not paired yet
    const auto pair_up = [&] {
        for (; of_a < i || of_b < j; of_a += of_a < i ? 1 : 0, of_b += of_b < j ? 1 : 0)
            pairs.emplace_back(of_a < i ? static_cast<std::ptrdiff_t>(of_a) : -1,
                               of_b < j ? static_cast<std::ptrdiff_t>(of_b) : -1);
    };
    while (i < a.size() || j < b.size()) {
        if (i < a.size() && j < b.size() && called(a[i]) == called(b[j])) {
            pair_up();
            pairs.emplace_back(i, j);
            of_a = ++i;
            of_b = ++j;
        } else if (j == b.size() || (i < a.size() && length[i + 1][j] >= length[i][j + 1])) {
            ++i;
        } else {
            ++j;
        }
    }
    pair_up();
    return pairs;
}

Cell difference(const std::optional<double>& a, const std::optional<double>& b)
{
    return a || b ? report::if_defined(a.value_or(0) - b.value_or(0)) : Cell{};
}

/// What a row says apart from where it is.
bool same(Row a, const Row& b)
{
    a.part = b.part;
    return a == b;
}

}  // namespace

std::pair<report::Table, std::size_t> difference_table(const Inspection& a, const Inspection& b)
{
    report::Table table{{"part", "weights", "against_weights", "layers", "against_layers", "output", "against_output"},
                        {}};
    std::vector<std::string> numbers;
    for (const char* own : {"params", "macs"})
        if (!a.has(own))
            numbers.emplace_back(own);
    numbers.insert(numbers.end(), a.metrics.begin(), a.metrics.end());
    for (const std::string& number : numbers) {
        table.columns.push_back(number);
        table.columns.push_back(number + "_difference");
    }
    table.columns.emplace_back("checksum");
    table.columns.emplace_back("against_checksum");
    const auto values = [&](const Row& row) {
        std::vector<std::optional<double>> all;
        if (!a.has("params"))
            all.push_back(row.params);
        if (!a.has("macs"))
            all.push_back(row.macs);
        all.insert(all.end(), row.costs.begin(), row.costs.end());
        all.resize(numbers.size());
        return all;
    };
    std::size_t equal = 0;
    const Row none;
    for (const auto& [i, j] : aligned(a.rows, b.rows)) {
        const Row& one = i < 0 ? none : a.rows[static_cast<std::size_t>(i)];
        const Row& other = j < 0 ? none : b.rows[static_cast<std::size_t>(j)];
        const std::string& part = i < 0 ? other.part : one.part;
        if (part != "sum" && part != "total" && same(one, other)) {
            ++equal;
            continue;
        }
        std::vector<Cell>& cells = table.rows.emplace_back();
        for (const std::string& text :
             {part, one.weights, other.weights, one.layers, other.layers, one.output, other.output})
            cells.emplace_back(text);
        const std::vector<std::optional<double>> ours = values(one), theirs = values(other);
        for (std::size_t n = 0; n < numbers.size(); ++n) {
            cells.push_back(difference(ours[n], std::nullopt));
            cells.push_back(difference(ours[n], theirs[n]));
        }
        cells.emplace_back(one.checksum);
        cells.emplace_back(other.checksum);
    }
    for (const char* column : {"checksum", "against_checksum"})
        report::drop_if_empty(table, column);
    return {std::move(table), equal};
}

}  // namespace espalier::host
