// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

#include "espalier/torch/network/weights.hpp"

#include "policy_latency.hpp"
#include "requests.hpp"

namespace espalier::qos_nas {
using at::Tensor;

/// The controller without its image: two numbers of a request, a hidden layer with ReLU, the probability of each
/// module. The hidden layer is what lets an image change how a request is met, not only all probabilities alike. Its
/// layers are named "request" and "modules".
Network request_branch(std::int64_t hidden, std::int64_t modules);
/// The branch's weights; most modules are on at first, p about 0.73, as low frame rates want and the curriculum begins.
torch_sdk::Weights request_weights(const Network& branch, std::uint64_t seed);

/// What the controller is told of a request: the place in the range, and that of the time it leaves between the least
/// and the largest latency, by logarithms; each from -1 to 1, times `scale`.
/// @param rates [batch] per second. @return [batch, 2].
Tensor request_numbers(const Tensor& rates, const RequestRange&, const PolicyLatency&, double scale);

}  // namespace espalier::qos_nas
