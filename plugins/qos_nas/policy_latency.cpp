// SPDX-License-Identifier: Apache-2.0
#include "policy_latency.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "espalier/error.hpp"
#include "espalier/marks.hpp"
#include "espalier/resolve.hpp"

namespace espalier::qos_nas {
namespace {

/// The layers after `begin` that `end` depends on, itself among them.
std::vector<std::size_t> between(const Network& network, std::size_t begin, std::size_t end)
{
    std::vector<bool> needed(network.size());
    needed[end] = true;
    std::vector<std::size_t> layers;
    for (std::size_t i = end; i > begin; --i) {
        if (!needed[i])
            continue;
        layers.push_back(i);
        for (const std::uint32_t input : network[i].inputs())
            needed[input] = true;
    }
    std::ranges::reverse(layers);
    return layers;
}

[[noreturn]] void refuse(const Layer& layer)
{
    throw Error(
        "layer " + std::to_string(layer.index()) +
        " ends a block that is no layer of modules, each on or off; the method needs a space such as meta_graph");
}

}  // namespace

PolicyLatency::PolicyLatency(std::vector<double> modules, std::vector<Layer> layers, double fixed)
    : modules_{std::move(modules)}, layers_{std::move(layers)}, fixed_{fixed}
{
}

double PolicyLatency::operator()(std::span<const std::uint8_t> policy) const
{
    double sum = fixed_;
    for (const Layer& layer : layers_) {
        bool any = false;
        for (const std::size_t decision : layer.decisions)
            if (policy[decision] != 0) {
                sum += modules_[decision];
                any = true;
            }
        if (!any && layer.forced)
            sum += modules_[*layer.forced];
    }
    return sum;
}

double PolicyLatency::highest() const
{
    return (*this)(std::vector<std::uint8_t>(modules_.size(), 1));
}

double PolicyLatency::lowest() const
{
    return (*this)(std::vector<std::uint8_t>(modules_.size(), 0));
}

double PolicyLatency::base(std::size_t place) const
{
    std::vector<std::uint8_t> policy(modules_.size(), 0);
    for (const Layer& layer : layers_)
        policy[layer.decisions.at(place)] = 1;
    return (*this)(policy);
}

PolicyLatency policy_latency(const Network& meta, const std::function<double(const Network&)>& price, double added)
{
    const std::vector<std::size_t> blocks = marked(meta, Mark::block);
    if (blocks.size() < 2)
        throw Error("the space marks no blocks; the method needs a space such as meta_graph");
    std::vector<double> modules;
    std::vector<PolicyLatency::Layer> layers;
    const auto priced = [&](std::size_t begin, std::size_t end) { return price(cut(meta, between(meta, begin, end))); };
    for (std::size_t b = 1; b < blocks.size(); ++b) {
        const Layer end = meta[blocks[b]];
        if (end.op() != Op::otherwise || meta[end.inputs()[0]].op() != Op::add)
            refuse(end);
        PolicyLatency::Layer& layer = layers.emplace_back();
        for (const std::uint32_t input : meta[end.inputs()[0]].inputs()) {
            const Layer choice = meta[input];
            if (choice.op() != Op::choice || choice.inputs().size() != 2)
                refuse(end);
            const std::size_t module = choice.inputs()[1], decision = choice.decision();
            modules.resize(std::max(modules.size(), decision + 1));
            modules[decision] = priced(blocks[b - 1], module);
            layer.decisions.push_back(decision);
            if (end.inputs()[1] == module)
                layer.forced = decision;
        }
        if (!layer.forced && end.inputs()[1] != blocks[b - 1])
            refuse(end);
    }
    const double fixed = priced(0, blocks.front()) + priced(blocks.back(), meta.size() - 1);
    return {std::move(modules), std::move(layers), fixed + added};
}

}  // namespace espalier::qos_nas
