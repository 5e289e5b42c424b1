// SPDX-License-Identifier: Apache-2.0
// Each operation in ONNX's operators of set 17. docs/layers.md says what they compute; values have the batch in front.
#include "operations.hpp"

#include <algorithm>

#include "espalier/error.hpp"
#include "espalier/window.hpp"

namespace espalier::onnx_sdk {
namespace {

using Numbers = std::vector<std::int64_t>;

std::int64_t whole(const GraphWriter& w, std::string_view attribute, std::int64_t otherwise)
{
    return static_cast<std::int64_t>(w.layer().spec().number(attribute, static_cast<double>(otherwise)));
}

float real(const GraphWriter& w, std::string_view attribute, double otherwise)
{
    return static_cast<float>(w.layer().spec().number(attribute, otherwise));
}

// Activations

void relu6(GraphWriter& w)
{
    w.output("Clip", {w.input(), w.scalar("least", 0), w.scalar("most", 6)});
}

void hsigmoid(GraphWriter& w)
{
    w.output("HardSigmoid", {w.input()}, {{"alpha", 1.0F / 6}, {"beta", 0.5F}});
}

void swish(GraphWriter& w)
{
    w.output("Mul", {w.input(), w.inner("sigmoid", "Sigmoid", {w.input()})});
}

/// x (1 + erf(x / sqrt 2)) / 2
void gelu(GraphWriter& w)
{
    const std::string erf =
        w.inner("erf", "Erf", {w.inner("scaled", "Div", {w.input(), w.scalar("sqrt_2", 1.41421356F)})});
    const std::string twice = w.inner("twice", "Mul", {w.input(), w.inner("plus_1", "Add", {erf, w.scalar("1", 1)})});
    w.output("Mul", {twice, w.scalar("half", 0.5F)});
}

void softmax(GraphWriter& w)
{
    w.output("Softmax", {w.input()}, {{"axis", std::int64_t{-1}}});
}

// Windows

NodeAttributes seen(const Window& window, bool dilated)
{
    const auto [top, left] = window.pad;
    NodeAttributes attributes{{"kernel_shape", Numbers(window.kernel.begin(), window.kernel.end())},
                              {"strides", Numbers(window.stride.begin(), window.stride.end())},
                              {"pads", Numbers{top, left, top, left}}};
    if (dilated)
        attributes.push_back({"dilations", Numbers(window.dilation.begin(), window.dilation.end())});
    return attributes;
}

void conv(GraphWriter& w)
{
    NodeAttributes attributes = seen(window(w.layer()), true);
    attributes.push_back({"group", groups(w.layer())});
    std::vector<std::string> inputs{w.input(), w.weight("weight")};
    if (std::string bias = w.weight("bias"); !bias.empty())
        inputs.push_back(std::move(bias));
    w.output("Conv", inputs, attributes);
}

void max_pool(GraphWriter& w)
{
    w.output("MaxPool", {w.input()}, seen(window(w.layer()), true));
}

void avg_pool(GraphWriter& w)
{
    NodeAttributes attributes = seen(window(w.layer()), false);
    attributes.push_back({"count_include_pad", whole(w, "count_include_pad", 0)});
    w.output("AveragePool", {w.input()}, attributes);
}

// Normalisations

/// Scale and shift, or 1 and 0 for a layer that has none.
std::pair<std::string, std::string> scale_and_shift(GraphWriter& w, std::int64_t width)
{
    std::string scale = w.weight("weight"), shift = w.weight("bias");
    const auto filled = [&](const char* role, float number) {
        return w.constant(role, Values{{width}, std::vector<float>(static_cast<std::size_t>(width), number)});
    };
    if (scale.empty())
        scale = filled("scale", 1), shift = filled("shift", 0);
    return {std::move(scale), std::move(shift)};
}

void batch_norm(GraphWriter& w)
{
    const auto [scale, shift] = scale_and_shift(w, w.layer().shape()[0]);
    w.output("BatchNormalization", {w.input(), scale, shift, w.weight("running_mean"), w.weight("running_var")},
             {{"epsilon", real(w, "eps", 1e-5)}});
}

void layer_norm(GraphWriter& w)
{
    const auto [scale, shift] = scale_and_shift(w, *(w.layer().shape().end() - 1));
    w.output("LayerNormalization", {w.input(), scale, shift},
             {{"axis", std::int64_t{-1}}, {"epsilon", real(w, "eps", 1e-5)}});
}

// Linear layers

void linear(GraphWriter& w)
{
    const std::string bias = w.weight("bias");
    if (w.layer().shape().size() == 1) {
        std::vector<std::string> inputs{w.input(), w.weight("weight")};
        if (!bias.empty())
            inputs.push_back(bias);
        w.output("Gemm", inputs, {{"transB", std::int64_t{1}}});
    } else if (bias.empty()) {
        w.output("MatMul", {w.input(), w.transposed("weight")});
    } else {
        w.output("Add", {w.inner("product", "MatMul", {w.input(), w.transposed("weight")}), bias});
    }
}

// What takes several inputs

void add(GraphWriter& w)
{
    for (std::size_t i = 0; i < w.layer().inputs().size(); ++i)
        if (w.layer().input_shape(i) != w.layer().shape())
            throw Error("projects its inputs: resolve the network first");
    const std::size_t count = w.layer().inputs().size();
    const bool mean = w.layer().spec().number("mean", 0) != 0;
    w.output(count == 1 ? "Identity" : mean ? "Mean" : count == 2 ? "Add" : "Sum", w.inputs());
}

/// Factors of fewer axes have 1 for those that they lack: [batch, channels] scales [batch, channels, height, width].
void multiply(GraphWriter& w)
{
    const std::size_t rank = w.layer().shape().size();
    std::string product;
    const std::size_t count = w.layer().inputs().size();
    for (std::size_t i = 0; i < count; ++i) {
        std::string factor = w.input(i);
        const std::string number = std::to_string(i);
        if (Numbers missing; w.layer().input_shape(i).size() < rank) {
            for (std::size_t axis = w.layer().input_shape(i).size(); axis < rank; ++axis)
                missing.push_back(static_cast<std::int64_t>(axis) + 1);
            factor = w.inner("factor_" + number, "Unsqueeze", {factor, w.constant("axes_" + number, missing)});
        }
        if (i == 0)
            product = factor;
        else if (i + 1 < count)
            product = w.inner("product_" + number, "Mul", {product, factor});
        else
            w.output("Mul", {product, factor});
    }
}

void concat(GraphWriter& w)
{
    w.output("Concat", w.inputs(), {{"axis", whole(w, "axis", 0) + 1}});
}

// What takes numbers apart, averages or moves them

void global_average(GraphWriter& w)
{
    const std::int64_t keep = whole(w, "keep", 0);
    if (w.layer().input_shape().size() == 2)
        w.output("ReduceMean", {w.input()}, {{"axes", Numbers{1}}, {"keepdims", keep}});
    else if (keep != 0)
        w.output("GlobalAveragePool", {w.input()});
    else
        w.output("Flatten", {w.inner("average", "GlobalAveragePool", {w.input()})}, {{"axis", std::int64_t{1}}});
}

void flatten(GraphWriter& w)
{
    w.output("Flatten", {w.input()}, {{"axis", std::int64_t{1}}});
}

void slice(GraphWriter& w)
{
    const std::int64_t axis = whole(w, "axis", 0);
    const std::int64_t length = w.layer().input_shape()[static_cast<std::size_t>(axis)];
    w.output("Slice", {w.input(), w.constant("begin", Numbers{whole(w, "begin", 0)}),
                       w.constant("end", Numbers{whole(w, "end", length)}), w.constant("axis", Numbers{axis + 1}),
                       w.constant("step", Numbers{whole(w, "step", 1)})});
}

void channel_shuffle(GraphWriter& w)
{
    const Shape& map = w.layer().shape();
    const std::int64_t groups = whole(w, "groups", 1);  // 0 in a shape: the extent stays
    const std::string split = w.inner(
        "split", "Reshape", {w.input(), w.constant("groups", Numbers{0, groups, map[0] / groups, map[1], map[2]})});
    w.output("Reshape", {w.inner("exchanged", "Transpose", {split}, {{"perm", Numbers{0, 2, 1, 3, 4}}}),
                         w.constant("shape", Numbers{0, map[0], map[1], map[2]})});
}

void upsample(GraphWriter& w)
{
    const Shape &from = w.layer().input_shape(), &to = w.layer().shape();
    const Values scales{{4},
                        {1, 1, static_cast<float>(to[1]) / static_cast<float>(from[1]),
                         static_cast<float>(to[2]) / static_cast<float>(from[2])}};
    w.output("Resize", {w.input(), "", w.constant("scales", scales)},
             {{"mode", std::string("nearest")},
              {"coordinate_transformation_mode", std::string("asymmetric")},
              {"nearest_mode", std::string("floor")}});
}

void zeros(GraphWriter& w)
{
    const Shape& shape = w.layer().shape();
    const std::string examples =
        w.inner("examples", "Shape", {w.any_input()}, {{"start", std::int64_t{0}}, {"end", std::int64_t{1}}});
    const std::string extents =
        w.inner("shape", "Concat", {examples, w.constant("extents", Numbers(shape.begin(), shape.end()))},
                {{"axis", std::int64_t{0}}});
    w.output("ConstantOfShape", {extents});
}

void input(GraphWriter& w)
{
    w.graph_input();
}

/// How an operation is written: by its function, or as one operator with the layer's inputs.
struct Row {
    Op op;
    void (*write)(GraphWriter&) = nullptr;
    const char* same = nullptr;
};

constexpr Row kRows[]{
    {Op::input, input},
    {Op::conv, conv},
    {Op::batch_norm, batch_norm},
    {Op::layer_norm, layer_norm},
    {Op::relu, nullptr, "Relu"},
    {Op::relu6, relu6},
    {Op::hswish, nullptr, "HardSwish"},
    {Op::hsigmoid, hsigmoid},
    {Op::swish, swish},
    {Op::gelu, gelu},
    {Op::sigmoid, nullptr, "Sigmoid"},
    {Op::tanh, nullptr, "Tanh"},
    {Op::softmax, softmax},
    {Op::max_pool, max_pool},
    {Op::avg_pool, avg_pool},
    {Op::global_average, global_average},
    {Op::linear, linear},
    {Op::flatten, flatten},
    {Op::add, add},
    {Op::multiply, multiply},
    {Op::concat, concat},
    {Op::slice, slice},
    {Op::channel_shuffle, channel_shuffle},
    {Op::upsample, upsample},
    {Op::dropout, nullptr, "Identity"},
    {Op::zeros, zeros},
};

}  // namespace

void write_layer(GraphWriter& w)
{
    const Op op = w.layer().op();
    const auto* row = std::ranges::find(kRows, op, &Row::op);
    if (row == std::end(kRows))
        throw Error(op == Op::custom
                        ? "is an operation of a plug-in's own, which ONNX has not"
                        : "stands for what is not decided yet, which ONNX has not: only the network of one "
                          "architecture can be written");
    if (row->write != nullptr)
        row->write(w);
    else
        w.output(row->same, w.inputs());
}

}  // namespace espalier::onnx_sdk
