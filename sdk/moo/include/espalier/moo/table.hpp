// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace espalier::moo {

/// Rows of equal length in one block of memory: a population costs one allocation, not one per individual.
template <typename T>
class Table {
public:
    explicit Table(std::size_t columns = 0, std::size_t rows = 0) : columns_{columns}, values_(rows * columns) {}

    std::size_t columns() const { return columns_; }
    std::size_t rows() const { return columns_ == 0 ? 0 : values_.size() / columns_; }
    bool empty() const { return values_.empty(); }
    std::span<T> operator[](std::size_t row) { return {values_.data() + row * columns_, columns_}; }
    std::span<const T> operator[](std::size_t row) const { return {values_.data() + row * columns_, columns_}; }

    /// `row` has `columns()` values and does not lie in this table.
    void append(std::span<const T> row)
    {
        assert(row.size() == columns_);
        values_.insert(values_.end(), row.begin(), row.end());
    }
    /// New rows are zero.
    void resize(std::size_t rows) { values_.resize(rows * columns_); }
    void clear() { values_.clear(); }
    std::span<T> values() { return values_; }
    std::span<const T> values() const { return values_; }
    bool operator==(const Table&) const = default;

private:
    std::size_t columns_;
    std::vector<T> values_;
};

/// An option's index.
using Gene = std::uint16_t;
/// One genome a row: `[individuals][genes]`.
using Genomes = Table<Gene>;
/// One point of objective space a row, everything minimised: `[points][objectives]`.
using Points = Table<double>;
/// Row numbers.
using Rows = std::vector<std::uint32_t>;

}  // namespace espalier::moo
