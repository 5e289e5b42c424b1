// SPDX-License-Identifier: Apache-2.0
// What takes several inputs.
#include <algorithm>

#include <fmt/format.h>

#include "espalier/error.hpp"

#include "operations.hpp"

namespace espalier {
namespace {

std::string both(const Shape& a, std::size_t first, const Shape& b, std::size_t second)
{
    return fmt::format("{} (input {}) and {} (input {})", to_string(a), first, to_string(b), second);
}

}  // namespace

Shape common_shape(const LayerEntry& entry, Inputs inputs, std::int64_t)
{
    const auto first = std::find_if(inputs.begin(), inputs.end(), [](const Shape* s) { return s != nullptr; });
    if (first == inputs.end())
        throw Error("every input is nothing");
    Shape shape = **first;
    for (auto other = first + 1; other < inputs.end(); ++other) {
        if (*other == nullptr)
            continue;
        const std::size_t axis = width_axis(shape);
        Shape wide = **other;
        if (entry.project && wide.size() == shape.size())
            wide[axis] = shape[axis] = std::max(shape[axis], wide[axis]);
        if (wide != shape)
            throw Error("the inputs have different shapes, " +
                        both(**first, static_cast<std::size_t>(first - inputs.begin()), **other,
                             static_cast<std::size_t>(other - inputs.begin())));
    }
    return shape;
}

namespace {

/// {channels} or {channels, 1, 1} scales a map of {channels, height, width}; otherwise shapes are equal.
Shape product(const LayerEntry&, Inputs inputs, std::int64_t)
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
            throw Error(fmt::format("cannot multiply {}; a factor has the same shape or one number per channel",
                                    both(shape, largest, factor, i)));
    }
    return shape;
}

Shape concatenated(const LayerEntry& entry, Inputs inputs, std::int64_t)
{
    Shape shape = *inputs[0];
    const auto axis = static_cast<std::size_t>(entry.axis);
    if (axis >= shape.size())
        throw Error(fmt::format("there is no axis {} in {}", axis, to_string(shape)));
    for (std::size_t i = 1; i < inputs.size(); ++i) {
        Shape expected = *inputs[0];
        if (inputs[i]->size() == expected.size())
            expected[axis] = (*inputs[i])[axis];
        if (expected != *inputs[i])
            throw Error(
                fmt::format("the inputs differ not only along axis {}: {}", axis, both(*inputs[0], 0, *inputs[i], i)));
        shape[axis] += expected[axis];
    }
    return shape;
}

constexpr OperationTraits kJoiningRows[]{
    {.op = Op::add,
     .name = "add",
     .most_inputs = kAnyNumber,
     .read =
         [](AttributeReader& read, LayerEntry& entry, Inputs) {
             entry.project = read.flag("project", false);
             read.flag("mean", false);
         },
     .shape = common_shape,
     .weights = [](const Layer&, const EachWeight&) {},  // the name is for the layers that it becomes
     .ignores_nothing = true},
    {.op = Op::multiply, .name = "multiply", .least_inputs = 2, .most_inputs = kAnyNumber, .shape = product},
    {.op = Op::concat,
     .name = "concat",
     .most_inputs = kAnyNumber,
     .read = [](AttributeReader& read, LayerEntry& entry, Inputs) { entry.axis = read.whole("axis", 0, 0); },
     .shape = concatenated},
};

}  // namespace

constinit const std::span<const OperationTraits> kJoining = kJoiningRows;

}  // namespace espalier
