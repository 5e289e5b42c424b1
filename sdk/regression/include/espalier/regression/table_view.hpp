// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

namespace espalier::regression {

/// Rows of equal length in one block of memory that somebody else owns, row by row. Whatever has `values()` and
/// `columns()`, as `moo::Table`, converts.
template <typename T>
class TableView {
public:
    TableView(std::span<const T> values, std::size_t columns) : values_{values}, columns_{columns} {}

    template <typename Table>
    requires requires(const Table& table)
    {
        std::span<const T>(table.values());
        std::size_t(table.columns());
    }
    TableView(const Table& table) : values_{table.values()}, columns_{table.columns()} {}

    std::size_t columns() const { return columns_; }
    std::size_t rows() const { return columns_ == 0 ? 0 : values_.size() / columns_; }
    std::span<const T> operator[](std::size_t row) const { return values_.subspan(row * columns_, columns_); }
    std::span<const T> values() const { return values_; }

private:
    std::span<const T> values_;
    std::size_t columns_;
};

/// An option's index.
using Gene = std::uint16_t;
/// One genome a row: `[genomes][genes]`.
using Genomes = TableView<Gene>;
/// One example a row: `[examples][features]`.
using Rows = TableView<double>;

}  // namespace espalier::regression
