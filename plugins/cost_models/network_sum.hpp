// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>

#include "espalier/candidate.hpp"

#include "decision_tables.hpp"

namespace espalier::cost_models {

/// A number of a network that is a sum of parts: architectures of the experiment's space are looked up in
/// DecisionTables, everything else is priced as the network that it is.
class NetworkSum {
public:
    /// @param space null: no tables. Must outlive this object.
    NetworkSum(const SearchSpace* space, Pricing, Grouping);
    /// Thread-safe. @throws Error as the pricing does.
    double operator()(const Candidate&) const;

private:
    const SearchSpace* space_;
    Pricing pricing_;
    std::unique_ptr<DecisionTables> tables_;  // none without a space
};

}  // namespace espalier::cost_models
