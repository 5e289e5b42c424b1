// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "espalier/option.hpp"
#include "espalier/reward.hpp"
#include "espalier/setup.hpp"

namespace espalier::rewards {

/// Score x R_LAT of Tran and Bae, "Training-Free Hardware-Aware Neural Architecture Search with Reinforcement Learning"
/// (JBE 26(7), 2021), section on the reward: R_LAT = T / LAT above the target T, alpha + (1 - alpha) LAT / T up to it.
/// 1 at the target, so the controller is drawn to it from both sides.
class LatencyProduct final : public Reward {
public:
    struct Options {
        MetricName score, latency;
        double target = 0, alpha = 0.9;
        static void describe(Describe<Options>&);
    };
    /// @throws OptionError unless target > 0.
    LatencyProduct(const Options&, const Setup&);
    /// Minus infinity where a metric is not finite.
    /// @throws Error for a negative score: the product would reward missing the target.
    double operator()(const Metrics&) const override;

private:
    Options options_;
};

/// R_LAT by itself. @param latency not negative, in the unit of `target`.
double latency_factor(double latency, double target, double alpha);

}  // namespace espalier::rewards
