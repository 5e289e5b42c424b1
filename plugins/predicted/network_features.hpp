// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <unordered_map>

#include "espalier/network.hpp"

namespace espalier::predicted {

/// A network as numbers that its cost may depend on: how many layers of each kind (operation, kernel, stride, depthwise
/// or not) and their multiply-adds and outputs; the same of each block; in all multiply-adds, parameters, bytes moved,
/// layers, and the layers that multiply, and the multiply-adds, on the longest way through it.
///
/// What there is a column for is fixed by the networks that it was made of: what others have besides has none.
class NetworkFeatures {
public:
    /// Adds the columns of a network that are not there yet.
    void extend(const Network&);
    std::size_t columns() const { return column_.size(); }
    /// `row` has `columns()`.
    void encode(const Network&, std::span<double> row) const;

private:
    std::unordered_map<std::string, std::size_t> column_;
};

}  // namespace espalier::predicted
