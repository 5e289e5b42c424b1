// SPDX-License-Identifier: Apache-2.0
#include "operations.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "espalier/error.hpp"

namespace espalier {

const OperationTraits& traits(Op op)
{
    static const auto table = [] {
        std::array<const OperationTraits*, static_cast<std::size_t>(Op::channel_mask) + 1> rows{};
        for (const auto family :
             {kActivations, kJoining, kLinearLayers, kNormalisations, kRearranging, kSpecial, kWindowed})
            for (const OperationTraits& row : family)
                rows[static_cast<std::size_t>(row.op)] = &row;
        return rows;
    }();
    return *table[static_cast<std::size_t>(op)];
}

std::string_view name(Op op)
{
    return traits(op).name;
}

bool activation(Op op)
{
    return traits(op).activation;
}

bool channelwise(const Layer& layer)
{
    return entry_of(layer.spec()).channelwise;
}

std::string place(std::size_t index, std::string_view op)
{
    return fmt::format("layer {} ({})", index, op);
}

const Shape& map_of(const Shape& x)
{
    if (x.size() != 3)
        throw Error(fmt::format("needs an input of channels x height x width, gets {}", to_string(x)));
    return x;
}

namespace {

void check_count(const OperationTraits& row, std::size_t inputs)
{
    const std::size_t least = row.least_inputs, most = row.most_inputs;
    if (inputs >= least && inputs <= most)
        return;
    const std::string needed = least == most                   ? (least == 1 ? "is " : "are ")
                               : most == OperationTraits::kAny ? (least == 1 ? "is at least " : "are at least ")
                                                               : "is at most ";
    throw Error(
        fmt::format("has {} inputs, needed {}{}", inputs, needed, most == OperationTraits::kAny ? least : most));
}

}  // namespace

LayerEntry read_layer(Op op, Attributes attributes, std::string weights, Inputs inputs, std::size_t index)
{
    const OperationTraits& row = traits(op);
    LayerEntry entry;
    entry.op = op;
    entry.name = row.name;
    entry.weights = std::move(weights);
    entry.traits = &row;
    entry.channelwise = row.channelwise;
    try {
        AttributeReader reader{std::move(attributes)};
        if (row.read != nullptr)
            row.read(reader, entry, inputs);
        entry.attributes = reader.kept();
    } catch (const Error& error) {
        throw Error(place(index, entry.name) + ": " + error.what());
    }
    if (!entry.weights.empty() && row.weights == nullptr)
        throw Error(fmt::format("{} has no weights, but is given the name '{}' for them", place(index, entry.name),
                                entry.weights));
    return entry;
}

LayerEntry custom_layer(std::string name, Attributes attributes, std::string weights, const Shape& shape)
{
    LayerEntry entry;
    entry.op = Op::custom;
    entry.name = std::move(name);
    entry.attributes = std::move(attributes);
    entry.weights = std::move(weights);
    entry.traits = &traits(Op::custom);
    entry.shape = shape;
    return entry;
}

Shape inferred_shape(const LayerEntry& entry, Inputs inputs, std::size_t index, std::int64_t narrowed)
{
    try {
        check_count(*entry.traits, inputs.size());
        return entry.traits->shape == nullptr ? *inputs[0]
                                              : entry.traits->shape(entry, inputs, narrowed > 0 ? narrowed : entry.out);
    } catch (const Error& error) {
        throw Error(place(index, entry.name) + ": " + error.what());
    }
}

}  // namespace espalier
