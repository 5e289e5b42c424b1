// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "espalier/error.hpp"

#include "operations.hpp"

namespace espalier {
namespace {

void read_linear(AttributeReader& read, LayerEntry& entry, Inputs)
{
    entry.out = read.required("out", 1);
    entry.bias = read.flag("bias", true);
}

Shape linear(const LayerEntry&, Inputs inputs, std::int64_t out)
{
    Shape shape = *inputs[0];
    if (shape.size() > 2)
        throw Error(
            fmt::format("needs an input of features or tokens x width, gets {}; flatten or global_average "
                        "comes first",
                        to_string(shape)));
    shape[width_axis(shape)] = out;
    return shape;
}

std::int64_t width(const Shape& shape)
{
    return shape[width_axis(shape)];
}

double linear_macs(const Layer& layer)
{
    return static_cast<double>(layer.shape().elements()) * static_cast<double>(width(layer.input_shape()));
}

void linear_weights(const Layer& layer, const EachWeight& each)
{
    const std::int64_t out = width(layer.shape());
    each("weight", {out, width(layer.input_shape())}, WeightShape::Start::linear);
    if (entry_of(layer.spec()).bias)
        each("bias", {out}, WeightShape::Start::bias);
}

constexpr OperationTraits kLinearRows[]{{.op = Op::linear,
                                         .name = "linear",
                                         .read = read_linear,
                                         .shape = linear,
                                         .macs = linear_macs,
                                         .weights = linear_weights}};

}  // namespace

constinit const std::span<const OperationTraits> kLinearLayers = kLinearRows;

}  // namespace espalier
