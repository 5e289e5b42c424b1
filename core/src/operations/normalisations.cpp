// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "espalier/error.hpp"

#include "operations.hpp"

namespace espalier {
namespace {

void read_norm(AttributeReader& read, LayerEntry& entry, Inputs)
{
    entry.affine = read.flag("affine", true);
    read.real("eps", 1e-5, 0, 1);
    if (entry.op == Op::batch_norm)
        read.real("momentum", 0.1, 0, 1);
}

Shape batch_norm(const LayerEntry&, Inputs inputs, std::int64_t)
{
    const Shape& x = *inputs[0];
    if (x.size() != 3 && x.size() != 1)
        throw Error(fmt::format("needs an input of channels x height x width or features, gets {}", to_string(x)));
    return x;
}

void scale_and_shift(const Layer& layer, const Shape& width, const EachWeight& each)
{
    if (!entry_of(layer.spec()).affine)
        return;
    each("weight", width, WeightShape::Start::ones);
    each("bias", width, WeightShape::Start::zeros);
}

void batch_norm_weights(const Layer& layer, const EachWeight& each)
{
    const Shape width{layer.shape()[0]};
    scale_and_shift(layer, width, each);
    each("running_mean", width, WeightShape::Start::mean);
    each("running_var", width, WeightShape::Start::variance);
}

void layer_norm_weights(const Layer& layer, const EachWeight& each)
{
    scale_and_shift(layer, {*(layer.shape().end() - 1)}, each);
}

constexpr OperationTraits kNormalisationRows[]{
    {.op = Op::batch_norm,
     .name = "batch_norm",
     .read = read_norm,
     .shape = batch_norm,
     .weights = batch_norm_weights,
     .channelwise = true},
    {.op = Op::layer_norm, .name = "layer_norm", .read = read_norm, .weights = layer_norm_weights},
};

}  // namespace

constinit const std::span<const OperationTraits> kNormalisations = kNormalisationRows;

}  // namespace espalier
