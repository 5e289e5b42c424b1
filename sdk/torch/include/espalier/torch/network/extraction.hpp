// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "espalier/torch/network/weights.hpp"

namespace espalier::torch_sdk {

/// Weights of `network`'s own that are the parts of `from` which its layers use: leading slices, centres of kernels,
/// transformed kernels. A network of a super-network computes the same with them, to rounding.
/// @param statistics where its running statistics come from; null: those of `from`.
/// @throws Error naming the first layer whose weights `from` has not.
ESPALIER_API Weights extracted(const Network& network, const Weights& from, const Statistics* statistics = nullptr);

/// Gives `into`, the weights of `network`, what `from` has of them under the same names, as `extracted` does. Layers
/// that `from` does not have, or not so wide, keep what they have. @return how many layers were given theirs.
ESPALIER_API std::size_t inherit(Weights& into, const Network& network, const Weights& from);

}  // namespace espalier::torch_sdk
