// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <span>

#include "espalier/rng.hpp"
#include "espalier/torch/network/forward.hpp"

#include "policy_latency.hpp"
#include "requests.hpp"

namespace espalier::qos_nas {
using at::Tensor;

// Of policies as tensors, [batch, modules] of zeros and ones.

/// The rows of policies as bytes.
class PolicyRows {
public:
    explicit PolicyRows(const Tensor& policies);
    std::int64_t count() const { return bytes_.size(0); }
    std::span<const std::uint8_t> operator[](std::int64_t example) const;

private:
    Tensor bytes_;
};

/// The policies as gates of the decisions: nothing, or the module.
torch_sdk::Gates gates(const Tensor& policies);

/// Frames per second, [batch] in double.
Tensor rates_of(const PolicyLatency&, const Tensor& policies);
/// The share of the requests that the policies meet. @param rates [batch], double.
double met(const PolicyLatency&, const Tensor& policies, const Tensor& rates);

/// Requests up to a share of the range. @param log_uniform the share of them that is drawn uniformly in logarithms; the
/// others are drawn uniformly. @return [count], double.
Tensor drawn_rates(const RequestRange&, double share, double log_uniform, std::int64_t count, Rng&);

}  // namespace espalier::qos_nas
