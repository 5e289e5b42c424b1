// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "espalier/torch/network/weights.hpp"

namespace espalier::torch_sdk {

/// Exponential moving average of weights and running statistics: a += (1 - d) (w - a), in which d grows to `decay` as
/// (1 + n) / (10 + n) with the number n of updates, so that the first weights are soon forgotten.
class WeightAverage {
public:
    /// @param weights are lent.
    WeightAverage(const Weights& weights, double decay);
    /// @param n how many there were before.
    void update(double n);
    const std::vector<std::pair<std::string, Tensor>>& values() const { return values_; }

    /// One file "average" in `folder`. @throws Error naming it.
    void save(const std::string& folder) const;
    void load(const std::string& folder);

private:
    const Weights& weights_;
    double decay_;
    std::vector<std::pair<std::string, Tensor>> values_;
};

}  // namespace espalier::torch_sdk
