// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vector>

#include "espalier/option.hpp"
#include "espalier/reward.hpp"
#include "espalier/setup.hpp"

namespace espalier::rewards {

/// The sum of weight x (metric - offset) / scale. A negative weight makes a metric small.
class WeightedSum final : public Reward {
public:
    struct Options {
        std::vector<MetricName> metrics;
        std::vector<double> weights, offsets, scales;
        static void describe(Describe<Options>&);
    };
    /// @throws OptionError for lists of different lengths, an empty one, and a scale of 0.
    WeightedSum(const Options&, const Setup&);
    /// Minus infinity where a metric or the sum is not finite.
    double operator()(const Metrics&) const override;

private:
    Options options_;
};

}  // namespace espalier::rewards
