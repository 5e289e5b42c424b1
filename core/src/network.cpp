// SPDX-License-Identifier: Apache-2.0
#include "espalier/network.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>

#include <fmt/format.h>

#include "espalier/error.hpp"

#include "network_builder.hpp"
#include "operations/operations.hpp"

namespace espalier {
namespace {

void append_number(std::string& text, double value)
{
    std::array<char, 32> buffer;
    const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
    assert(error == std::errc());
    text.append(buffer.data(), end);
}

}  // namespace

double LayerSpec::number(std::string_view key, double otherwise) const
{
    const auto found = attributes.find(key);
    return found == attributes.end() || found->second.empty() ? otherwise : found->second.front();
}

const LayerSpec& Layer::spec() const
{
    return *network_->nodes_[index_].spec;
}

std::span<const std::uint32_t> Layer::inputs() const
{
    return NetworkBuilder::inputs(*network_, network_->nodes_[index_]);
}

const Shape& Layer::shape() const
{
    return network_->nodes_[index_].shape;
}

const Shape& Layer::input_shape(std::size_t input) const
{
    const auto all = inputs();
    if (input >= all.size())
        throw Error(place(index_, spec().name) + " has " + std::to_string(all.size()) + " inputs, there is no input " +
                    std::to_string(input));
    return network_->nodes_[all[input]].shape;
}

std::size_t Layer::decision() const
{
    if (op() != Op::choice && op() != Op::channel_mask)
        throw Error(place(index_, spec().name) + " belongs to no decision, only choice and channel_mask do");
    return entry_of(spec()).decision;
}

const LayerEntry* Network::Pool::user_of(const std::string& weights_name) const
{
    for (const Pool* pool = this; pool != nullptr; pool = pool->parent.get())
        if (const auto found = pool->weights.find(weights_name); found != pool->weights.end())
            return found->second;
    return nullptr;
}

Network::Pool& NetworkBuilder::own_pool(Network& network)
{
    if (network.pool_ == nullptr || network.pool_.use_count() > 1) {
        auto pool = std::make_shared<Network::Pool>();
        if (network.pool_ != nullptr)
            pool->marks = network.pool_->marks;
        pool->parent = std::move(network.pool_);
        network.pool_ = std::move(pool);
    }
    return *network.pool_;
}

const LayerEntry& NetworkBuilder::own(Network& network, LayerEntry entry)
{
    Network::Pool& pool = own_pool(network);
    const LayerEntry& kept = pool.entries.emplace_back(std::move(entry));
    if (!kept.weights.empty())
        pool.weights.emplace(kept.weights, &kept);
    return kept;
}

std::uint32_t NetworkBuilder::constant(Op op, const Shape& shape)
{
    const Attributes attributes{{"shape", {shape.begin(), shape.end()}}};
    return layer(own(read_layer(op, attributes, {}, {}, size())), shape);
}

void NetworkBuilder::append(Network& network, LayerEntry entry, std::span<const std::size_t> inputs, const Shape& shape)
{
    const std::size_t index = network.nodes_.size();
    if (!entry.weights.empty() && network.pool_ != nullptr)
        if (const LayerEntry* user = network.pool_->user_of(entry.weights); user != nullptr && user->name != entry.name)
            throw Error(
                fmt::format("{}: the weights '{}' belong to a {}; layers share weights with layers of their "
                            "own kind",
                            place(index, entry.name), entry.weights, user->name));
    const auto first = static_cast<std::uint32_t>(network.inputs_.size());
    for (const std::size_t input : inputs)
        network.inputs_.push_back(static_cast<std::uint32_t>(input));
    network.nodes_.push_back(
        {&own(network, std::move(entry)), first, static_cast<std::uint32_t>(inputs.size()), shape});
}

Network::Network() = default;

std::vector<const Shape*> NetworkBuilder::input_shapes(const Network& network, Op op, std::string_view name,
                                                       std::span<const std::size_t> inputs)
{
    std::vector<const Shape*> shapes;
    bool something = false;
    for (const std::size_t input : inputs) {
        if (input >= network.size())
            throw Error(fmt::format("{}: there is no earlier layer {} to take as an input", place(network.size(), name),
                                    input));
        const bool ignored = traits(op).ignores_nothing && network.nodes_[input].spec->op == Op::zero;
        shapes.push_back(ignored ? nullptr : &network.nodes_[input].shape);
        something |= !ignored;
    }
    if (!something && !inputs.empty())  // nothing but nothing: its shape is as good as any
        shapes.front() = &network.nodes_[inputs.front()].shape;
    return shapes;
}

std::size_t Network::add(Op op, std::vector<std::size_t> inputs, Attributes attributes, std::string weights)
{
    const std::size_t index = nodes_.size();
    const auto shapes = NetworkBuilder::input_shapes(*this, op, name(op), inputs);
    LayerEntry entry = read_layer(op, std::move(attributes), std::move(weights), shapes, index);
    const Shape shape = inferred_shape(entry, shapes, index);
    NetworkBuilder::append(*this, std::move(entry), inputs, shape);
    return index;
}

std::size_t Network::add_custom(std::string name, std::vector<std::size_t> inputs, Shape shape, Attributes attributes,
                                std::string weights)
{
    NetworkBuilder::restore(*this, {Op::custom, std::move(name), std::move(attributes), std::move(weights)}, inputs,
                            shape);
    return nodes_.size() - 1;
}

void NetworkBuilder::restore(Network& network, LayerSpec spec, std::span<const std::size_t> inputs, const Shape& shape)
{
    const std::size_t index = network.size();
    const Op op = spec.op;
    const auto shapes = input_shapes(network, op, op == Op::custom ? spec.name : name(op), inputs);
    // a conv is not told its channels: it would become depthwise if a mask left it as many as it has groups
    LayerEntry entry = read_layer(op, std::move(spec.attributes), std::move(spec.weights),
                                  op == Op::conv ? Inputs{} : Inputs{shapes}, index, std::move(spec.name));
    if (op == Op::custom && entry.operation == nullptr)
        entry.shape = shape;
    const std::int64_t narrowed = std::min(entry.out, shape[width_axis(shape)]);
    const Shape inferred = inferred_shape(entry, shapes, index, narrowed);
    if (inferred != shape && (op != Op::custom || shape.size() > 0))
        throw Error(fmt::format("{}: makes {} of its inputs, not {}", place(index, entry.name), to_string(inferred),
                                to_string(shape)));
    append(network, std::move(entry), inputs, inferred);
}

std::string to_string(const Network& network)
{
    std::string text;
    for (const Layer layer : network) {
        text += std::to_string(layer.index()) + " " + layer.spec().name + "(";
        const char* separator = "";
        for (const std::uint32_t input : layer.inputs())
            text += separator + std::to_string(input), separator = " ";
        text += ") " + to_string(layer.shape());
        for (const auto& [key, values] : layer.spec().attributes) {
            if (layer.op() != Op::custom && key == "shape")
                continue;  // printed already
            text += " " + key + "=";
            separator = "";
            for (const double value : values)
                text += separator, append_number(text, value), separator = ",";
        }
        if (!layer.spec().weights.empty())
            text += " [" + layer.spec().weights + "]";
        text += '\n';
    }
    return text;
}

}  // namespace espalier
