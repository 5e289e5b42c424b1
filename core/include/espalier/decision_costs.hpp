// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vector>

#include "espalier/architecture.hpp"
#include "espalier/export.hpp"

namespace espalier {

/// The terms of a cost that is a sum over an architecture's decisions, in the metric's unit.
struct DecisionTerms {
    double common = 0;              ///< what all architectures cost
    std::vector<double> decisions;  ///< what the option of each decision adds
};

/// What a cost model is, besides, whose first metric is such a sum: it can say what each decision costs, though it
/// knows no layers.
class ESPALIER_API DecisionCosts {
public:
    virtual ~DecisionCosts();
    /// Whether it is one as it was configured: a sum of others is if all of them are.
    virtual bool sums_decisions() const { return true; }
    /// Their sum is the metric. @throws Error as `CostModel::evaluate`.
    virtual DecisionTerms terms(const Architecture& canonical) const = 0;
};

}  // namespace espalier
