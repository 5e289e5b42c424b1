// SPDX-License-Identifier: Apache-2.0
#include "request_branch.hpp"

#include <cmath>

#include <ATen/TensorOperators.h>
#include <ATen/ops/stack.h>
#include <c10/core/GradMode.h>

namespace espalier::qos_nas {

Network request_branch(std::int64_t hidden, std::int64_t modules)
{
    Network n;
    const std::size_t numbers = n.add(Op::input, {}, {{"shape", {2}}});
    const std::size_t x = n.add(Op::linear, {numbers}, {{"out", {static_cast<double>(hidden)}}}, "request");
    const std::size_t y =
        n.add(Op::linear, {n.add(Op::relu, {x})}, {{"out", {static_cast<double>(modules)}}}, "modules");
    n.add(Op::sigmoid, {y});
    return n;
}

torch_sdk::Weights request_weights(const Network& branch, std::uint64_t seed)
{
    torch_sdk::Weights weights(branch, {}, seed);
    const c10::NoGradGuard no_graph;
    weights.at("modules.bias").fill_(1);
    return weights;
}

Tensor request_numbers(const Tensor& rates, const RequestRange& range, const PolicyLatency& latency, double scale)
{
    const Tensor place = (rates - range.low) / (range.high - range.low);
    const Tensor time = (1000 / rates / latency.lowest()).log() / std::log(latency.highest() / latency.lowest());
    return (at::stack({place, time}, 1).clamp(0, 1) * 2 - 1) * scale;
}

}  // namespace espalier::qos_nas
