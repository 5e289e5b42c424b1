// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "espalier/cost_model.hpp"
#include "espalier/option.hpp"
#include "espalier/setup.hpp"

namespace espalier::linear_latency {

/// Metric `latency_ms`: what the multiply-adds take at the device's speed, and an overhead for every layer that has
/// some. The crudest model of a device that has two numbers; replace it by what is known of yours.
class LinearLatency final : public CostModel {
public:
    struct Options {
        double gmacs_per_s = 0, layer_us = 0;
        static void describe(Describe<Options>&);
    };
    /// @throws OptionError unless gmacs_per_s > 0.
    LinearLatency(const Options&, const Setup&);

    std::vector<std::string> metrics() const override { return {"latency_ms"}; }
    std::vector<Evaluation> evaluate(std::span<const Candidate> batch, Context&) override;

private:
    double latency_ms(const Network&) const;
    Options options_;
};

}  // namespace espalier::linear_latency
