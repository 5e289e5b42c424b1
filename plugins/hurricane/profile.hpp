// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <functional>
#include <string>

#include "espalier/measuring.hpp"

#include "operators.hpp"

namespace espalier::hurricane {

/// What an operator costs alone.
using Price = std::function<double(const Operator&, const Place&)>;

/// Prices that stand in a file, a table of costs (docs/cost_tables.md) with a row for each operator and place, so that
/// they are the same whenever they are asked for.
class ProfileTable {
public:
    /// @param column of the costs, with its unit. @param conditions of what `price` adds.
    ProfileTable(std::filesystem::path file, std::string column, MeasuringConditions conditions = {});

    /// What the file says. What it lacks is asked for, written down, and never asked for again.
    /// @param price empty: the file must have it.
    /// @throws Error naming the file if it is wrong, lacks a row that nobody is asked for, or was measured under other
    /// conditions, so that nothing can be added.
    double operator()(const Operator&, const Place&, const Price& price) const;

private:
    std::filesystem::path file_;
    std::string column_;
    MeasuringConditions conditions_;
};

}  // namespace espalier::hurricane
