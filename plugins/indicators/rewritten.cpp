// SPDX-License-Identifier: Apache-2.0
#include "rewritten.hpp"

#include <functional>
#include <map>
#include <optional>
#include <tuple>
#include <vector>

#include "espalier/marks.hpp"

namespace espalier::indicators {

namespace {

/// The layer of the new network that serves for `layer`, whose inputs there are `inputs`; none: it is copied.
using Replace = std::function<std::optional<std::size_t>(const Layer& layer, const std::vector<std::size_t>& inputs)>;

Attributes attributes(const Layer& layer)
{
    Attributes all = layer.spec().attributes;
    if (const auto out = all.find("out"); out != all.end()) {  // a narrower layer's shape prevails
        const Shape& shape = layer.shape();
        out->second = {static_cast<double>(layer.op() == Op::conv ? shape[0] : shape[shape.size() - 1])};
    }
    return all;
}

std::size_t copied(Network& to, const Layer& layer, std::vector<std::size_t> inputs)
{
    if (layer.op() == Op::custom)
        return to.add_custom(layer.spec().name, std::move(inputs), layer.shape(), layer.spec().attributes,
                             layer.spec().weights);
    return to.add(layer.op(), std::move(inputs), attributes(layer), layer.spec().weights);
}

Network rewritten(const Network& from, const Replace& replace, const std::function<void(std::size_t)>& added)
{
    Network to;
    std::vector<std::size_t> place(from.size());
    for (const Layer layer : from) {
        std::vector<std::size_t> inputs;
        for (const std::uint32_t input : layer.inputs())
            inputs.push_back(place[input]);
        if (const auto other = replace(layer, inputs)) {
            place[layer.index()] = *other;
            continue;
        }
        place[layer.index()] = copied(to, layer, std::move(inputs));
        added(place[layer.index()]);
    }
    for (const auto& [kind, layer] : marks(from))
        mark(to, kind, place[layer]);
    return to;
}

bool may_be_shared(const Layer& layer)
{
    return activation(layer.op()) || layer.op() == Op::avg_pool || layer.op() == Op::max_pool;
}

}  // namespace

Network without_normalisation(const Network& network)
{
    return rewritten(
        network,
        [](const Layer& layer, const std::vector<std::size_t>& inputs) -> std::optional<std::size_t> {
            if (layer.op() == Op::batch_norm)
                return inputs[0];
            return std::nullopt;
        },
        [](std::size_t) {});
}

Network without_repetition(const Network& network)
{
    using Work = std::tuple<Op, std::size_t, Attributes>;
    std::map<Work, std::size_t> done;
    std::optional<Work> open;  // the layer that is about to be copied
    return rewritten(
        network,
        [&](const Layer& layer, const std::vector<std::size_t>& inputs) -> std::optional<std::size_t> {
            open.reset();
            if (!may_be_shared(layer))
                return std::nullopt;
            open.emplace(layer.op(), inputs[0], layer.spec().attributes);
            if (const auto found = done.find(*open); found != done.end())
                return found->second;
            return std::nullopt;
        },
        [&](std::size_t place) {
            if (open)
                done.emplace(std::move(*open), place);
        });
}

}  // namespace espalier::indicators
