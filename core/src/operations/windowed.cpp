// SPDX-License-Identifier: Apache-2.0
// Convolutions and pools.
#include <algorithm>

#include <fmt/format.h>

#include "espalier/error.hpp"

#include "operations.hpp"

namespace espalier {
namespace {

using Pair = AttributeReader::Pair;

void read_window(AttributeReader& read, LayerEntry& entry, Pair kernel)
{
    Window& w = entry.window;
    w.kernel = read.pair("kernel", kernel, 1);
    w.stride = read.pair("stride", {1, 1}, 1);
    if (entry.op != Op::avg_pool)
        w.dilation = read.pair("dilation", {1, 1}, 1);
    w.pad = read.pair("pad", {w.dilation[0] * (w.kernel[0] - 1) / 2, w.dilation[1] * (w.kernel[1] - 1) / 2}, 0);
}

void read_pool(AttributeReader& read, LayerEntry& entry, Inputs)
{
    read_window(read, entry, {2, 2});
    for (const int axis : {0, 1})
        if (entry.window.pad[axis] > entry.window.kernel[axis] / 2)
            throw Error(fmt::format("attribute 'pad' is {}, allowed is at most half the kernel of {}",
                                    entry.window.pad[axis], entry.window.kernel[axis]));
    if (entry.op == Op::avg_pool)
        read.flag("count_include_pad", false);
}

void read_transform(AttributeReader& read, LayerEntry& entry)
{
    entry.transform = read.list("transform", 1, false);
    const auto& sizes = entry.transform;
    const auto [height, width] = entry.window.kernel;
    if (sizes.empty())
        return;
    bool in_order = height == width && std::ranges::find(sizes, height) != sizes.end();
    for (std::size_t i = 1; i < sizes.size(); ++i)
        in_order = in_order && sizes[i] > sizes[i - 1] && (sizes[i] - sizes[i - 1]) % 2 == 0;
    if (!in_order)
        throw Error(
            fmt::format("attribute 'transform' lists the sizes of square kernels, ascending, all odd or all "
                        "even, its own among them, which is {}x{}",
                        height, width));
}

void read_depthwise(AttributeReader& read, LayerEntry& entry, std::int64_t channels)
{
    if (read.has("groups"))
        throw Error("a depthwise convolution has as many groups as channels, leave 'groups' out");
    read.whole("groups", 1, 1);
    const std::int64_t outputs = channels * entry.multiplier, out = read.whole("out", outputs, 1);
    if (out != outputs)
        throw Error(fmt::format("a depthwise convolution of {} channels with multiplier {} has {} outputs, not {}",
                                channels, entry.multiplier, outputs, out));
}

void read_grouped(AttributeReader& read, LayerEntry& entry, std::int64_t channels)
{
    if (read.has("multiplier"))
        throw Error("attribute 'multiplier' needs 'depthwise'");
    entry.out = read.required("out", 1);
    entry.groups = read.whole("groups", 1, 1);
    entry.depthwise = entry.groups > 1 && entry.groups == channels && entry.out % channels == 0;
    if (entry.depthwise)
        entry.multiplier = entry.out / channels, entry.groups = 1, entry.out = 0;
}

// A conv with as many groups as input channels is kept as depthwise, because its groups follow the width when a mask
// makes its input narrower.
void read_conv(AttributeReader& read, LayerEntry& entry, Inputs inputs)
{
    read_window(read, entry, {1, 1});
    read_transform(read, entry);
    entry.bias = read.flag("bias", false);
    const std::int64_t channels =
        inputs.size() == 1 && inputs[0] != nullptr && inputs[0]->size() > 0 ? (*inputs[0])[0] : 0;
    entry.depthwise = read.flag("depthwise", false);
    entry.multiplier = read.whole("multiplier", 1, 1);
    (entry.depthwise ? read_depthwise : read_grouped)(read, entry, channels);
    if (!entry.depthwise)
        return;
    read.drop("groups"), read.drop("out");  // the one way to write it, however it was given
    read.set("depthwise", 1);
    if (entry.multiplier != 1)
        read.set("multiplier", entry.multiplier);
    entry.channelwise = entry.multiplier == 1;
}

Shape seen(const LayerEntry& entry, const Shape& x, std::int64_t channels)
{
    Shape shape{channels, 0, 0};
    const Window& w = entry.window;
    for (const std::size_t axis : {0, 1}) {
        const std::int64_t reach = w.dilation[axis] * (w.kernel[axis] - 1) + 1;
        const std::int64_t room = x[axis + 1] + 2 * w.pad[axis];
        if (reach > room)
            throw Error(fmt::format("a window of {} does not fit into the input {} with padding {}", reach,
                                    to_string(x), w.pad[axis]));
        shape[axis + 1] = (room - reach) / w.stride[axis] + 1;
    }
    return shape;
}

Shape pool(const LayerEntry& entry, Inputs inputs, std::int64_t)
{
    return seen(entry, map_of(*inputs[0]), (*inputs[0])[0]);
}

Shape conv(const LayerEntry& entry, Inputs inputs, std::int64_t out)
{
    const Shape& x = map_of(*inputs[0]);
    if (entry.depthwise)
        return seen(entry, x, x[0] * entry.multiplier);
    if (x[0] % entry.groups != 0)
        throw Error(fmt::format("{} groups divide not the channels of the input {}", entry.groups, to_string(x)));
    if (out % entry.groups != 0)
        throw Error(fmt::format("{} groups divide not the {} outputs", entry.groups, out));
    return seen(entry, x, out);
}

Shape kernel(const Layer& layer)
{
    const LayerEntry& entry = entry_of(layer.spec());
    const std::int64_t inputs = entry.depthwise ? 1 : layer.input_shape()[0] / entry.groups;
    return {layer.shape()[0], inputs, entry.window.kernel[0], entry.window.kernel[1]};
}

double conv_macs(const Layer& layer)
{
    const Shape weight = kernel(layer);
    return static_cast<double>(layer.shape().elements()) * static_cast<double>(weight[1] * weight[2] * weight[3]);
}

void conv_weights(const Layer& layer, const EachWeight& each)
{
    each("weight", kernel(layer), WeightShape::Start::convolution);
    if (entry_of(layer.spec()).bias)
        each("bias", {layer.shape()[0]}, WeightShape::Start::bias);
    const std::vector<std::int64_t>& sizes = entry_of(layer.spec()).transform;
    for (std::size_t i = sizes.size(); i-- > 1 && sizes[i] > entry_of(layer.spec()).window.kernel[0];) {
        const std::int64_t to = sizes[i - 1], numbers = to * to;
        each(fmt::format("transform_{}to{}", sizes[i], to), {numbers, numbers}, WeightShape::Start::identity);
    }
}

constexpr OperationTraits kWindowedRows[]{
    {.op = Op::conv, .name = "conv", .read = read_conv, .shape = conv, .macs = conv_macs, .weights = conv_weights},
    {.op = Op::max_pool, .name = "max_pool", .read = read_pool, .shape = pool, .channelwise = true},
    {.op = Op::avg_pool, .name = "avg_pool", .read = read_pool, .shape = pool, .channelwise = true},
};

}  // namespace

constinit const std::span<const OperationTraits> kWindowed = kWindowedRows;

Window window(const Layer& layer)
{
    if (layer.op() != Op::conv && layer.op() != Op::max_pool && layer.op() != Op::avg_pool)
        throw Error(place(layer.index(), layer.spec().name) + " has no window, only conv, max_pool and avg_pool do");
    return entry_of(layer.spec()).window;
}

std::int64_t groups(const Layer& layer)
{
    if (layer.op() != Op::conv)
        return 1;
    const LayerEntry& entry = entry_of(layer.spec());
    return entry.depthwise ? layer.input_shape()[0] : entry.groups;
}

}  // namespace espalier
