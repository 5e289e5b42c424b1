// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include <ATen/core/Tensor.h>

#include "espalier/rng.hpp"

namespace espalier::qos_nas {
using at::Tensor;

/// Which modules are on while the meta-graph is trained before the search: all at first, then each of each example with
/// a probability.
struct DropPath {
    double all = 0.5;   ///< share of the training in which all are on
    double keep = 0.5;  ///< the least probability
    /// Whether each example draws a probability of its own between `keep` and 1; else it falls along a line from 1 to
    /// `keep`, as in the papers.
    bool drawn = false;

    /// @param progress of the training, 0 to 1. @return [batch, modules] of zeros and ones.
    Tensor policies(double progress, std::int64_t batch, std::int64_t modules, Rng&) const;
};

}  // namespace espalier::qos_nas
