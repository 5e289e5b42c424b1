// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "espalier/component.hpp"
#include "espalier/evaluation.hpp"

namespace espalier {

/// Metrics to one number. A pure function: statistics over the history belong to the strategy, over a reference set to
/// the evaluator that learns it.
class ESPALIER_API Reward : public Component {
public:
    ~Reward() override;
    /// @throws Error if a metric is missing or a value makes no sense for this reward.
    virtual double operator()(const Metrics&) const = 0;
};

}  // namespace espalier
