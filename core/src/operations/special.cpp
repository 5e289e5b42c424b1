// SPDX-License-Identifier: Apache-2.0
// What begins a network, what decisions carry out, and what only a plug-in knows.
#include <algorithm>

#include <fmt/format.h>

#include "espalier/error.hpp"

#include "operations.hpp"

namespace espalier {
namespace {

void read_shape(AttributeReader& read, LayerEntry& entry, Inputs inputs)
{
    const auto extents = read.list("shape", 1, entry.op != Op::zero || inputs.empty());
    if (extents.size() > 4)
        throw Error(fmt::format("attribute 'shape' has {} extents, allowed are 1 to 4", extents.size()));
    entry.shape = Shape{extents};
}

Shape given(const LayerEntry& entry, Inputs inputs, std::int64_t)
{
    return entry.shape.size() > 0 || inputs.empty() ? entry.shape : *inputs[0];
}

/// A `choice` has one input per option, a `channel_mask` one width.
void read_decision(AttributeReader& read, LayerEntry& entry, Inputs inputs)
{
    const bool mask = entry.op == Op::channel_mask;
    entry.decision = static_cast<std::size_t>(read.required("decision", 0));
    if (mask)
        entry.widths = read.list("widths", 1, true);
    const std::size_t count = mask ? entry.widths.size() : inputs.size();
    const std::vector<std::int64_t> options = read.list("options", 0, false);
    if (!options.empty() && options.size() != count)
        throw Error(fmt::format("attribute 'options' names {} options, but there are {} {}", options.size(), count,
                                mask ? "widths" : "inputs"));
    for (std::size_t i = 0; i < count; ++i) {
        const std::int64_t option = options.empty() ? static_cast<std::int64_t>(i) : options[i];
        if (option > std::numeric_limits<std::uint16_t>::max())
            throw Error(fmt::format("attribute 'options' has {}, allowed are numbers up to 65535", option));
        if (i > 0 && option <= entry.options.back())
            throw Error("attribute 'options' is not ascending");
        entry.options.push_back(static_cast<std::uint16_t>(option));
    }
}

Shape masked(const LayerEntry& entry, Inputs inputs, std::int64_t)
{
    Shape x = *inputs[0];
    std::int64_t& width = x[width_axis(x)];
    const std::int64_t widest = *std::max_element(entry.widths.begin(), entry.widths.end());
    if (widest > width)
        throw Error(fmt::format("cannot keep {} channels of {}", widest, to_string(x)));
    width = widest;
    return x;
}

// A custom layer is what its plug-in registered, or what it says of itself.

void read_custom(AttributeReader& read, LayerEntry& entry, Inputs)
{
    if (entry.name == name(Op::custom))
        throw Error("an operation that only its plug-in knows is added with add_custom");
    const Operation* operation = entry.operation;
    if (operation == nullptr)
        return read.any();
    if (operation->read != nullptr)
        operation->read(read);
    if (operation->weights == nullptr && !entry.weights.empty())
        throw Error(fmt::format("has no weights, but is given the name '{}' for them", entry.weights));
    entry.channelwise = operation->channelwise;
}

Shape custom_shape(const LayerEntry& entry, Inputs inputs, std::int64_t)
{
    const Operation* operation = entry.operation;
    if (operation == nullptr)
        return entry.shape;
    check_count(inputs.size(), operation->least_inputs, operation->most_inputs);
    std::vector<Shape> shapes;
    for (const Shape* input : inputs)
        shapes.push_back(*input);
    return operation->shape != nullptr ? operation->shape(entry, shapes) : shapes.at(0);
}

double custom_macs(const Layer& layer)
{
    if (unregistered(layer))
        return layer.spec().number("macs", 0);
    const auto macs = entry_of(layer.spec()).operation->macs;
    return macs != nullptr ? macs(layer) : 0;
}

void custom_weights(const Layer& layer, const EachWeight& each)
{
    if (const Operation* operation = entry_of(layer.spec()).operation; operation && operation->weights)
        for (const WeightShape& tensor : operation->weights(layer))
            each(tensor.name, tensor.shape, tensor.start);
}

constexpr OperationTraits kSpecialRows[]{
    {.op = Op::input,
     .name = "input",
     .least_inputs = 0,
     .most_inputs = 0,
     .read = read_shape,
     .shape = given,
     .computes = false},
    {.op = Op::zeros, .name = "zeros", .least_inputs = 0, .most_inputs = 0, .read = read_shape, .shape = given},
    {.op = Op::zero, .name = "zero", .least_inputs = 0, .read = read_shape, .shape = given, .computes = false},
    {.op = Op::otherwise,
     .name = "otherwise",
     .least_inputs = 2,
     .most_inputs = 2,
     .shape = common_shape,
     .ignores_nothing = true,
     .computes = false},
    {.op = Op::choice,
     .name = "choice",
     .most_inputs = kAnyNumber,
     .read = read_decision,
     .shape = common_shape,
     .ignores_nothing = true,
     .computes = false},
    {.op = Op::channel_mask, .name = "channel_mask", .read = read_decision, .shape = masked, .computes = false},
    {.op = Op::custom,
     .name = "custom",
     .least_inputs = 0,
     .most_inputs = kAnyNumber,
     .read = read_custom,
     .shape = custom_shape,
     .macs = custom_macs,
     .weights = custom_weights},
};

}  // namespace

constinit const std::span<const OperationTraits> kSpecial = kSpecialRows;

}  // namespace espalier
