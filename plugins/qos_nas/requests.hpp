// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <algorithm>
#include <span>
#include <string_view>

namespace espalier::qos_nas {

/// How requests are distributed over the range that they come from, here [0, 1]: a beta distribution.
struct Distribution {
    std::string_view name;
    double a, b;
    double (*cumulative)(double share);      ///< of shares in [0, 1]
    double (*quantile)(double probability);  ///< its inverse
};

/// The five of QoS-NAS' table 1: `uniform`, `beta1` ... `beta4`. The paper does not say their parameters; these are the
/// only ones on a grid of 0.25 that fit its figures.
std::span<const Distribution> distributions();

/// The frame rates that are asked for, per second.
struct RequestRange {
    double low = 1, high = 80;
    double rate(double share) const { return low + share * (high - low); }
    /// Where in the range a rate is, 0 below and 1 above it.
    double share(double rate) const { return std::clamp((rate - low) / (high - low), 0.0, 1.0); }
};

}  // namespace espalier::qos_nas
