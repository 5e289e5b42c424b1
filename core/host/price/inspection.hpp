// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "espalier/report/table.hpp"

#include "host/price/cost_breakdown.hpp"

namespace espalier {
struct StoredTensor;
}

namespace espalier::host {

/// What an architecture is made of: a row for each part that computes something, for each decision that a cost is said
/// of, for the sum of the costs and for the whole.
struct Inspection {
    struct Row {
        std::string part;           ///< "stem", "block 3", "12 conv ...", "layer1: SEP_3", "sum", "total"
        std::string weights;        ///< the beginning that the names of its weights have in common: "layer3.SEP_5"
        std::string layers;         ///< those with multiply-adds, in short, else all: "dw 3x3/2, 1x1"
        std::string input, output;  ///< shapes of one example
        std::optional<double> params, macs;
        std::vector<std::optional<double>> costs;  ///< of `Inspection::metrics`
        std::string checksum;                      ///< of its tensors; empty: none were given
        bool operator==(const Row&) const = default;
    };
    std::string name;
    std::vector<std::string> metrics;  ///< of the cost models
    std::vector<Row> rows;
    bool has(std::string_view metric) const;
};

/// @param name of a winner, for tables of several. @param tensors trained weights; empty: there are none.
Inspection inspection(std::string name, const CostBreakdown&, std::span<const StoredTensor> tensors);

/// 64-bit FNV-1a over names, types, extents and numbers in their order, as 16 hexadecimal digits: equal for equal
/// tensors, whatever else their files say.
std::string tensor_checksum(std::span<const StoredTensor>);

/// One row a part; of several winners each behind the other, named in the first column.
report::Table inspection_table(std::span<const Inspection>);

}  // namespace espalier::host
