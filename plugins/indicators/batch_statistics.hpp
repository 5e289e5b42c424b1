// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <utility>

#include "espalier/torch/network/forward.hpp"

namespace espalier::indicators {

/// How all indicators run a network: normalised by the batch's statistics (with the initial running ones a fresh
/// normalisation would do nothing), which leave no trace, so that every pass sees the same network.
inline torch_sdk::ForwardOptions batch_statistics(
    std::function<void(const Layer&, const torch_sdk::Tensor& input, const torch_sdk::Tensor& output)> observe = {})
{
    return {.mode = torch_sdk::Mode::train, .observe = std::move(observe)};
}

}  // namespace espalier::indicators
