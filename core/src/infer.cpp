// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "espalier/error.hpp"

#include "layer_entry.hpp"

namespace espalier {
namespace {

using Inputs = std::span<const Shape* const>;

[[noreturn]] void fail(const LayerEntry& entry, std::size_t index, const std::string& sentence)
{
    throw Error(place(index, entry.name) + ": " + sentence);
}

void check_count(const LayerEntry& entry, Inputs inputs, std::size_t index)
{
    std::size_t least = 1, most = 1;
    switch (entry.op) {
        case Op::input:
        case Op::zeros:
            least = most = 0;
            break;
        case Op::zero:
            least = 0;
            break;
        case Op::add:
        case Op::concat:
        case Op::choice:
            most = inputs.size();
            break;
        case Op::multiply:
            least = 2, most = inputs.size();
            break;
        case Op::otherwise:
            least = most = 2;
            break;
        default:
            break;
    }
    if (inputs.size() < least || inputs.size() > most)
        fail(entry, index,
             "has " + std::to_string(inputs.size()) + " inputs, needed " +
                 (least == 1 && most != 1 ? "is at least 1"
                  : least > most || most > 2 || (least == 2 && entry.op == Op::multiply)
                      ? "are at least " + std::to_string(least)
                  : least == most ? (least == 1 ? "is 1" : "are " + std::to_string(least))
                                  : "is at most 1"));
}

/// {channels, height, width}, or an error.
const Shape& map_of(const LayerEntry& entry, const Shape& x, std::size_t index)
{
    if (x.size() != 3)
        fail(entry, index, "needs an input of channels x height x width, gets " + to_string(x));
    return x;
}

Shape windowed(const LayerEntry& entry, const Shape& x, std::int64_t channels, std::size_t index)
{
    Shape shape{channels, 0, 0};
    const Window& w = entry.window;
    for (const std::size_t axis : {0, 1}) {
        const std::int64_t reach = w.dilation[axis] * (w.kernel[axis] - 1) + 1;
        const std::int64_t room = x[axis + 1] + 2 * w.pad[axis];
        if (reach > room)
            fail(entry, index,
                 "a window of " + std::to_string(reach) + " does not fit into the input " + to_string(x) +
                     " with padding " + std::to_string(w.pad[axis]));
        shape[axis + 1] = (room - reach) / w.stride[axis] + 1;
    }
    return shape;
}

Shape conv(const LayerEntry& entry, const Shape& x, std::size_t index, std::int64_t narrowed)
{
    map_of(entry, x, index);
    if (entry.depthwise)
        return windowed(entry, x, x[0] * entry.multiplier, index);
    const std::int64_t out = narrowed > 0 ? narrowed : entry.out;
    if (x[0] % entry.groups != 0 || out % entry.groups != 0)
        fail(entry, index,
             std::to_string(entry.groups) + " groups divide " +
                 (x[0] % entry.groups != 0 ? "not the channels of the input " + to_string(x)
                                           : "not the " + std::to_string(out) + " outputs"));
    return windowed(entry, x, out, index);
}

std::string two(const Shape& a, std::size_t first, const Shape& b, std::size_t second)
{
    return to_string(a) + " (input " + std::to_string(first) + ") and " + to_string(b) + " (input " +
           std::to_string(second) + ")";
}

/// One shape for all; those of nothing do not count. `widest`: the widths may differ.
Shape same(const LayerEntry& entry, Inputs inputs, std::size_t index, bool widest)
{
    const auto first = std::find_if(inputs.begin(), inputs.end(), [](const Shape* s) { return s != nullptr; });
    if (first == inputs.end())
        fail(entry, index, "every input is nothing");
    Shape shape = **first;
    for (auto other = first + 1; other < inputs.end(); ++other) {
        if (*other == nullptr)
            continue;
        const std::size_t axis = width_axis(shape);
        Shape wide = **other;
        if (widest && wide.size() == shape.size())
            wide[axis] = shape[axis] = std::max(shape[axis], wide[axis]);
        if (wide != shape)
            fail(entry, index,
                 "the inputs have different shapes, " + two(**first, static_cast<std::size_t>(first - inputs.begin()),
                                                            **other, static_cast<std::size_t>(other - inputs.begin())));
    }
    return shape;
}

/// {channels} or {channels, 1, 1} scales a map of {channels, height, width}; otherwise shapes are equal.
Shape product(const LayerEntry& entry, Inputs inputs, std::size_t index)
{
    std::size_t largest = 0;
    for (std::size_t i = 1; i < inputs.size(); ++i)
        if (inputs[i]->elements() > inputs[largest]->elements() || inputs[i]->size() > inputs[largest]->size())
            largest = i;
    const Shape& shape = *inputs[largest];
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        const Shape& factor = *inputs[i];
        const bool gate = shape.size() == 3 && factor[0] == shape[0] && factor.elements() == shape[0];
        if (factor != shape && !gate)
            fail(entry, index,
                 "cannot multiply " + two(shape, largest, factor, i) +
                     "; a factor has the same shape or one number per channel");
    }
    return shape;
}

Shape concatenated(const LayerEntry& entry, Inputs inputs, std::size_t index)
{
    Shape shape = *inputs[0];
    const auto axis = static_cast<std::size_t>(entry.axis);
    if (axis >= shape.size())
        fail(entry, index, "there is no axis " + std::to_string(axis) + " in " + to_string(shape));
    for (std::size_t i = 1; i < inputs.size(); ++i) {
        Shape expected = *inputs[0];
        if (inputs[i]->size() == expected.size())
            expected[axis] = (*inputs[i])[axis];
        if (expected != *inputs[i])
            fail(entry, index,
                 "the inputs differ not only along axis " + std::to_string(axis) + ": " +
                     two(*inputs[0], 0, *inputs[i], i));
        shape[axis] += expected[axis];
    }
    return shape;
}

Shape sliced(const LayerEntry& entry, Shape x, std::size_t index)
{
    const auto axis = static_cast<std::size_t>(entry.axis);
    if (axis >= x.size())
        fail(entry, index, "there is no axis " + std::to_string(axis) + " in " + to_string(x));
    const std::int64_t end = entry.end < 0 ? x[axis] : entry.end;
    if (end > x[axis] || entry.begin >= end)
        fail(entry, index,
             "there is no slice from " + std::to_string(entry.begin) + " to " + std::to_string(end) + " along axis " +
                 std::to_string(axis) + " of " + to_string(x));
    x[axis] = (end - entry.begin + entry.step - 1) / entry.step;
    return x;
}

Shape masked(const LayerEntry& entry, Shape x, std::size_t index)
{
    std::int64_t& width = x[width_axis(x)];
    const std::int64_t widest = *std::max_element(entry.widths.begin(), entry.widths.end());
    if (widest > width)
        fail(entry, index, "cannot keep " + std::to_string(widest) + " channels of " + to_string(x));
    width = widest;
    return x;
}

Shape averaged(const LayerEntry& entry, const Shape& x, std::size_t index)
{
    if (x.size() == 3)
        return entry.keep ? Shape{x[0], 1, 1} : Shape{x[0]};
    if (x.size() == 2)
        return entry.keep ? Shape{1, x[1]} : Shape{x[1]};
    fail(entry, index, "needs an input of channels x height x width or tokens x width, gets " + to_string(x));
}

}  // namespace

// NOLINTNEXTLINE(readability-function-size): a line or two an operation
Shape inferred_shape(const LayerEntry& entry, Inputs inputs, std::size_t index, std::int64_t narrowed)
{
    check_count(entry, inputs, index);
    const auto x = [&]() -> const Shape& { return *inputs[0]; };
    switch (entry.op) {
        case Op::input:
        case Op::zeros:
        case Op::custom:
            return entry.shape;
        case Op::zero:
            return entry.shape.size() > 0 || inputs.empty() ? entry.shape : x();
        case Op::conv:
            return conv(entry, x(), index, narrowed);
        case Op::max_pool:
        case Op::avg_pool:
            return windowed(entry, map_of(entry, x(), index), x()[0], index);
        case Op::batch_norm:
            if (x().size() != 3 && x().size() != 1)
                fail(entry, index, "needs an input of channels x height x width or features, gets " + to_string(x()));
            return x();
        case Op::linear: {
            if (x().size() > 2)
                fail(entry, index,
                     "needs an input of features or tokens x width, gets " + to_string(x()) +
                         "; flatten or global_average comes first");
            Shape shape = x();
            shape[width_axis(shape)] = narrowed > 0 ? narrowed : entry.out;
            return shape;
        }
        case Op::global_average:
            return averaged(entry, x(), index);
        case Op::flatten:
            return {x().elements()};
        case Op::add:
            return same(entry, inputs, index, entry.project);
        case Op::choice:
        case Op::otherwise:
            return same(entry, inputs, index, false);
        case Op::multiply:
            return product(entry, inputs, index);
        case Op::concat:
            return concatenated(entry, inputs, index);
        case Op::slice:
            return sliced(entry, x(), index);
        case Op::channel_shuffle:
            if (map_of(entry, x(), index)[0] % entry.groups != 0)
                fail(entry, index,
                     std::to_string(entry.groups) + " groups do not divide the channels of " + to_string(x()));
            return x();
        case Op::upsample:
            map_of(entry, x(), index);
            return {x()[0], x()[1] * entry.scale[0], x()[2] * entry.scale[1]};
        case Op::channel_mask:
            return masked(entry, x(), index);
        case Op::layer_norm:
        case Op::relu:
        case Op::relu6:
        case Op::hswish:
        case Op::hsigmoid:
        case Op::swish:
        case Op::gelu:
        case Op::sigmoid:
        case Op::tanh:
        case Op::softmax:
        case Op::dropout:
            return x();
    }
    fail(entry, index, "is no operation that a shape is known of");
}

}  // namespace espalier
