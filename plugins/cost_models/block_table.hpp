// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <map>
#include <string>

#include "blocks.hpp"

namespace espalier::cost_models {

/// What each block costs, from a CSV file. Columns: `layer` and the number columns of name(Field); `resolution_px`, the
/// side of the network's input, may be missing where a block costs the same in every network. Rows whose `layer` is
/// `expanded_conv` are inverted bottlenecks and need every column; other names are single layers, which are told by
/// their sizes, and by kernel and stride where the row has them.
class BlockTable {
public:
    /// @param column the numbers, each multiplied by `scale`.
    /// @throws Error with file, line and column for cells that are no numbers and rows that say the same.
    BlockTable(const std::filesystem::path& file, const std::string& column, double scale = 1);
    /// @throws Error naming the block and what the table has instead.
    double operator()(const Block&) const;
    /// What is missing among a file's columns, or empty.
    static std::string missing_column(const std::filesystem::path& file);

private:
    [[noreturn]] void fail(const Block&, const Signature&) const;
    std::string file_;
    bool by_resolution_;
    std::map<Signature, double> values_;
};

}  // namespace espalier::cost_models
