// SPDX-License-Identifier: Apache-2.0
#include "matrix_products.hpp"

#include "espalier/counts.hpp"
#include "espalier/error.hpp"
#include "espalier/window.hpp"

namespace espalier::cost_models {
namespace {

MatrixProducts convolution(const Layer& layer, double in, double out)
{
    const Window w = window(layer);
    const auto channels = static_cast<double>(layer.input_shape()[0]);
    const auto g = static_cast<double>(groups(layer));
    MatrixProducts p;
    p.width_in = in;
    p.width_out = out;
    p.kernel = static_cast<double>(w.kernel[0] * w.kernel[1]);
    p.rows = static_cast<double>(layer.shape()[1] * layer.shape()[2]);
    p.input_positions = static_cast<double>(layer.input_shape()[1] * layer.input_shape()[2]);
    p.depthwise = g > 1 && g == channels;
    if (p.depthwise) {  // as many groups as channels, whatever the widths
        p.inner = p.kernel;
        p.columns = width(layer.shape()) / channels;
        p.count = out / p.columns;
        p.d_count = 1 / p.columns;
        return p;
    }
    p.count = g;
    p.inner = p.kernel * in / g;
    p.columns = out / g;
    p.d_inner = p.kernel / g;
    p.d_columns = 1 / g;
    return p;
}

MatrixProducts linear(const Layer& layer, double in, double out)
{
    MatrixProducts p;
    p.rows = layer.shape().size() == 2 ? static_cast<double>(layer.shape()[0]) : 1;  // tokens
    p.input_positions = p.rows;
    p.inner = p.width_in = in;
    p.columns = p.width_out = out;
    p.d_inner = p.d_columns = 1;
    return p;
}

}  // namespace

double width(const Shape& shape)
{
    return static_cast<double>(shape.size() == 3 ? shape[0] : shape[shape.size() - 1]);
}

std::optional<MatrixProducts> matrix_products(const Layer& layer, double width_in, double width_out)
{
    if (layer.op() == Op::conv)
        return convolution(layer, width_in, width_out);
    if (layer.op() == Op::linear)
        return linear(layer, width_in, width_out);
    if (macs(layer) != 0)
        throw Error("layer " + std::to_string(layer.index()) + ", '" + layer.spec().name +
                    "', has multiply-adds, but it is not known as which matrix products");
    return std::nullopt;
}

std::optional<MatrixProducts> matrix_products(const Layer& layer)
{
    if (layer.inputs().empty())
        return std::nullopt;
    return matrix_products(layer, width(layer.input_shape()), width(layer.shape()));
}

}  // namespace espalier::cost_models
