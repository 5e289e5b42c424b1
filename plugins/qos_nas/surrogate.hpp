// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "model.hpp"
#include "training.hpp"

namespace espalier::qos_nas {

/// What a policy's accuracy is expected to be: a ridge regression on the logit of the mean probability of the right
/// class that random children of a trained meta-graph give. Its features are the modules that are on, the layers that
/// have none, and the layers' numbers of modules up to three. The logarithm of the latency does not tell them apart.
class Surrogate {
public:
    struct Settings {
        int children = 100, images = 256;
        double penalty = 3;
    };
    /// @param lessons of whose examples the first ones are asked.
    Surrogate(const Model&, const Lessons&, const Settings&, Rng&);

    /// In [0, 1].
    double probability(std::span<const std::uint8_t> policy) const;
    /// The same above a floor, 0.85 of the worst child's, so that accuracy is what differs.
    double above_floor(std::span<const std::uint8_t> policy) const;
    double correlation() const { return correlation_; }  ///< with the children that it was fitted to

private:
    std::vector<double> features(std::span<const std::uint8_t> policy) const;

    std::vector<PolicyLatency::Layer> layers_;
    std::vector<double> weights_;  ///< the last one by itself
    double floor_, correlation_;
};

}  // namespace espalier::qos_nas
