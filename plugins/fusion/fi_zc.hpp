// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "fusion.hpp"

namespace espalier::fusion {

/// FI-ZC: five training-free indicators of five different families with equal weights, nothing fitted: multiply-adds,
/// trainability, correlation of input Jacobians, smallest eigenvalues of feature correlations, synaptic flow. `fusion`
/// of `indicators` with everything chosen; the same metrics, the score called `fi_zc`, its logarithm `fi_zc_log`.
class FiZc final : public Fusion {
public:
    struct Options {
        bool light = false;
        Use<SearchSpace> network;
        int images = 16, repeats = 1, reference = 300, per_step = 5;
        std::uint64_t seed = 1;
        static void describe(Describe<Options>&);
    };
    FiZc(const Options&, const Setup&);
};

}  // namespace espalier::fusion
