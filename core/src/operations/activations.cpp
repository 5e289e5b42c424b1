// SPDX-License-Identifier: Apache-2.0
// What looks at each number by itself, or, softmax, along the last axis.
#include "operations.hpp"

namespace espalier {
namespace {

constexpr OperationTraits activation(Op op, std::string_view name)
{
    return {.op = op, .name = name, .activation = true, .channelwise = true};
}

constexpr OperationTraits kActivationRows[]{
    activation(Op::relu, "relu"),
    activation(Op::relu6, "relu6"),
    activation(Op::hswish, "hswish"),
    activation(Op::hsigmoid, "hsigmoid"),
    activation(Op::swish, "swish"),
    activation(Op::gelu, "gelu"),
    activation(Op::sigmoid, "sigmoid"),
    activation(Op::tanh, "tanh"),
    {.op = Op::softmax, .name = "softmax"},
    {.op = Op::dropout,
     .name = "dropout",
     .read = [](AttributeReader& read, LayerEntry&, Inputs) { read.real("rate", 0.5, 0, 1); },
     .channelwise = true},
};

}  // namespace

constinit const std::span<const OperationTraits> kActivations = kActivationRows;

}  // namespace espalier
