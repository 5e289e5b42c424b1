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

void check_count(std::size_t inputs, std::size_t least, std::size_t most)
{
    if (inputs >= least && inputs <= most)
        return;
    const std::size_t bound = inputs < least ? least : most;
    throw Error(fmt::format("has {} inputs, needed {} {}{}", inputs, bound == 1 ? "is" : "are",
                            least == most    ? ""
                            : inputs < least ? "at least "
                                             : "at most ",
                            bound));
}

LayerEntry read_layer(Op op, Attributes attributes, std::string weights, Inputs inputs, std::size_t index,
                      std::string custom)
{
    const OperationTraits& row = traits(op);
    LayerEntry entry;
    entry.op = op;
    entry.name = custom.empty() ? std::string(row.name) : std::move(custom);
    entry.operation = op == Op::custom ? find_operation(entry.name) : nullptr;
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

Shape inferred_shape(const LayerEntry& entry, Inputs inputs, std::size_t index, std::int64_t narrowed)
{
    try {
        check_count(inputs.size(), entry.traits->least_inputs, entry.traits->most_inputs);
        return entry.traits->shape == nullptr ? *inputs[0]
                                              : entry.traits->shape(entry, inputs, narrowed > 0 ? narrowed : entry.out);
    } catch (const Error& error) {
        throw Error(place(index, entry.name) + ": " + error.what());
    }
}

}  // namespace espalier
