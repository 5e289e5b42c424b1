// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "espalier/candidate.hpp"
#include "espalier/evaluation.hpp"

#include "decision_tables.hpp"

namespace espalier::cost_models {

/// A metric that is a sum of parts: architectures of the experiment's space are looked up in DecisionTables, everything
/// else is priced as the network that it is.
class Priced {
public:
    /// @param space null: no tables. Must outlive this object.
    Priced(std::string metric, const SearchSpace* space, Pricing, Grouping);
    /// What cannot be priced fails, with the pricing's reason.
    std::vector<Evaluation> operator()(std::span<const Candidate> batch);
    const std::string& metric() const { return metric_; }

private:
    double value(const Candidate&);
    std::string metric_;
    const SearchSpace* space_;
    Pricing pricing_;
    std::unique_ptr<DecisionTables> tables_;  // none without a space
};

}  // namespace espalier::cost_models
