// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <vector>

#include "espalier/torch/network/forward.hpp"

namespace espalier::indicators {
using at::Tensor;

/// The number of different sample-wise activation patterns: each ReLU unit has one bit per sample, whether it is
/// active, and units with the same bits count once (Peng et al., "SWAP-NAS: Sample-Wise Activation Patterns for
/// Ultra-fast NAS", ICLR 2024, without their regularisation, which needs two constants for each space).
class ActivityOfUnits {
public:
    /// @param pre_activation [samples, ...]; samples beyond the 64th are not looked at.
    void add(const Tensor& pre_activation);
    std::size_t different() const;

private:
    std::vector<std::uint64_t> units_;  // one bit per sample
};

/// Of all ReLU units. @param x [samples, ...].
double swap_score(const Network&, const torch_sdk::Weights&, const Tensor& x);

}  // namespace espalier::indicators
