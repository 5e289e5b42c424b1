// SPDX-License-Identifier: Apache-2.0
#include "weight_shapes.hpp"

#include "espalier/window.hpp"

namespace espalier::torch_sdk {
namespace {

WeightShapes convolution(const Layer& layer)
{
    const Window seen = window(layer);
    const std::int64_t out = layer.shape()[0];
    WeightShapes shapes{WeightShapes::Kind::convolution,
                        {out, layer.input_shape()[0] / groups(layer), seen.kernel[0], seen.kernel[1]},
                        {},
                        {}};
    if (layer.spec().number("bias", 0) != 0)
        shapes.bias = {out};
    return shapes;
}

WeightShapes linear(const Layer& layer)
{
    const Shape &in = layer.input_shape(), &out = layer.shape();
    const std::int64_t width = out[out.size() - 1];
    WeightShapes shapes{WeightShapes::Kind::linear, {width, in[in.size() - 1]}, {}, {}};
    if (layer.spec().number("bias", 1) != 0)
        shapes.bias = {width};
    return shapes;
}

WeightShapes normalisation(const Layer& layer)
{
    const Shape& shape = layer.shape();
    const Shape width{layer.op() == Op::batch_norm ? shape[0] : shape[shape.size() - 1]};
    WeightShapes shapes{WeightShapes::Kind::normalisation, {}, {}, {}};
    if (layer.spec().number("affine", 1) != 0)
        shapes.weight = shapes.bias = width;
    if (layer.op() == Op::batch_norm)
        shapes.statistics = width;
    return shapes;
}

}  // namespace

WeightShapes weight_shapes(const Layer& layer)
{
    switch (layer.op()) {
        case Op::conv:
            return convolution(layer);
        case Op::linear:
            return linear(layer);
        case Op::batch_norm:
        case Op::layer_norm:
            return normalisation(layer);
        default:
            return {};
    }
}

}  // namespace espalier::torch_sdk
