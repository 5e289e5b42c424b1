// SPDX-License-Identifier: Apache-2.0
#include "hardware_loss.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include <ATen/ops/item.h>
#include <ATen/ops/scalar_tensor.h>

#include "espalier/marks.hpp"
#include "espalier/resolve.hpp"
#include "espalier/torch/network/layer_cost.hpp"
#include "espalier/torch/network/relaxation.hpp"

namespace espalier::u_boost {
namespace {

Tensor number(double value)
{
    return at::scalar_tensor(value, at::kDouble);
}

double width(const Shape& shape)
{
    return static_cast<double>(shape.size() == 3 ? shape[0] : shape[shape.size() - 1]);
}

/// Where parts end, the first of them where they begin.
std::vector<std::size_t> part_ends(const Network& super)
{
    std::vector<std::size_t> ends = marked(super, Mark::cell);
    if (ends.size() < 2)
        ends = marked(super, Mark::block);
    return ends;
}

/// By layer: the pointwise convolution that a depthwise one is the first half of, a separable convolution, or itself.
std::vector<std::size_t> separable_halves(const Network& super)
{
    std::vector<std::vector<std::size_t>> users(super.size());
    for (const Layer layer : super)
        for (const std::uint32_t input : layer.inputs())
            users[input].push_back(layer.index());
    std::vector<std::size_t> joined;
    for (const Layer layer : super) {
        std::size_t at = layer.index();
        if (layer.op() == Op::conv && channelwise(layer)) {
            do
                at = users[at].size() == 1 ? users[at].front() : super.size();
            while (at < super.size() && super[at].op() != Op::conv && channelwise(super[at]));
            if (at == super.size() || super[at].op() != Op::conv || channelwise(super[at]))
                at = layer.index();
        }
        joined.push_back(at);
    }
    return joined;
}

}  // namespace

HardwareLoss::HardwareLoss(const Network& super, const LayerCosts& time, const LayerCosts* utilisation,
                           const Reduction& reduction)
    : super_{super}, time_{time}, utilisation_{utilisation}, reduction_{reduction}
{
    const std::vector<std::size_t> ends = part_ends(super);
    parts_ = ends.size() < 2 ? 1 : ends.size() - 1;
    const auto part = [&](std::size_t layer) -> std::optional<std::size_t> {
        if (ends.size() < 2)
            return 0;
        const auto end = std::ranges::lower_bound(ends, layer) - ends.begin();
        if (end == 0 || end == static_cast<std::ptrdiff_t>(ends.size()))
            return std::nullopt;
        return static_cast<std::size_t>(end) - 1;
    };
    std::vector<bool> taken(super.size());
    for (const Layer layer : super) {
        const auto where = part(layer.index());
        if (layer.op() != Op::choice || !where)
            continue;
        Block& edge = blocks_.emplace_back(Block{*where, layer.decision(), {}});
        const std::size_t inputs = layer.inputs().size();
        const auto given = layer.spec().attributes.find("options");
        for (std::size_t k = 0; k < inputs; ++k) {
            const auto option = given == layer.spec().attributes.end() ? k : static_cast<std::size_t>(given->second[k]);
            Option& alternative = edge.options.emplace_back(Option{option, {}});
            const Branch own = branch(super, layer.index(), option);
            for (const Layer inner : own.network)
                if (inner.op() != Op::input) {
                    alternative.layers.push_back(own.origins[inner.index()]);
                    taken[alternative.layers.back()] = true;
                }
        }
    }
    const std::vector<std::size_t> joined = separable_halves(super);
    std::map<std::size_t, std::size_t> block_of;  // by the layer that ends it
    for (const Layer layer : super) {
        const auto where = part(layer.index());
        if (!where || taken[layer.index()] || layer.op() >= Op::zero)
            continue;
        const auto [found, is_new] = block_of.emplace(joined[layer.index()], blocks_.size());
        if (is_new)
            blocks_.push_back({*where, std::nullopt, {{0, {}}}});
        blocks_[found->second].options.front().layers.push_back(layer.index());
    }
}

/// Layers one after the other: the sum of their times, the mean of the utilisations of those that take time.
HardwareLoss::Cost HardwareLoss::cost(const Option& option, const std::vector<Tensor>& widths) const
{
    Cost sum;
    double timed = 0;
    for (const std::size_t index : option.layers) {
        const Layer layer = super_[index];
        if (layer.inputs().empty())
            continue;
        const Tensor &in = widths[layer.inputs()[0]], &out = widths[index];
        const Tensor time = torch_sdk::layer_cost(time_, layer, in, out);
        if (time.item<double>() <= 0)
            continue;
        sum.time = sum.time.defined() ? sum.time.add(time) : time;
        const Tensor used = utilisation_ != nullptr ? torch_sdk::layer_cost(*utilisation_, layer, in, out) : number(0);
        sum.utilisation = sum.utilisation.defined() ? sum.utilisation.add(used) : used;
        ++timed;
    }
    if (timed > 1)
        sum.utilisation = sum.utilisation.div(timed);
    return sum;
}

HardwareLoss::Cost HardwareLoss::cost(const Block& block, const torch_sdk::Gates& gates,
                                      const std::vector<Tensor>& widths) const
{
    if (!block.decision)
        return cost(block.options.front(), widths);
    const Tensor& gate = gates.at(*block.decision);
    Cost sum;
    Tensor mass;
    for (const Option& option : block.options) {
        const Cost one = cost(option, widths);
        if (!one.time.defined())
            continue;
        const Tensor weight = gate.select(0, static_cast<std::int64_t>(option.option));
        sum.time = sum.time.defined() ? sum.time.add(weight.mul(one.time)) : weight.mul(one.time);
        sum.utilisation =
            sum.utilisation.defined() ? sum.utilisation.add(weight.mul(one.utilisation)) : weight.mul(one.utilisation);
        mass = mass.defined() ? mass.add(weight) : weight;
    }
    if (!mass.defined())
        return {};
    if (reduction_.edge == Reduction::Edge::expected)
        return {sum.time, sum.utilisation.add(1).sub(mass)};
    if (mass.item<double>() <= 0)
        return {};
    return {sum.time.div(mass), sum.utilisation.div(mass)};
}

bool HardwareLoss::takes_time(std::size_t decision, std::size_t option) const
{
    return std::ranges::any_of(blocks_, [&](const Block& block) {
        return block.decision == decision && std::ranges::any_of(block.options, [&](const Option& one) {
                   return one.option == option && std::ranges::any_of(one.layers, [&](std::size_t index) {
                              const Layer layer = super_[index];
                              return !layer.inputs().empty() &&
                                     time_(layer, width(layer.input_shape()), width(layer.shape())).value > 0;
                          });
               });
    });
}

Hardware HardwareLoss::operator()(const torch_sdk::Gates& gates) const
{
    const std::vector<Tensor> widths = torch_sdk::expected_widths(super_, gates, reduction_.through_sums);
    Tensor time = number(0), by_time = number(0);
    std::vector<Tensor> used(parts_, number(0));
    std::vector<double> blocks(parts_);
    for (const Block& block : blocks_) {
        const Cost one = cost(block, gates, widths);
        if (!one.time.defined())
            continue;
        time = time.add(one.time);
        by_time = by_time.add(one.time.mul(one.utilisation));
        used[block.part] = used[block.part].add(one.utilisation);
        ++blocks[block.part];
    }
    if (reduction_.utilisation == Reduction::Utilisation::by_time)
        return {time, time.item<double>() > 0 ? by_time.div(time) : by_time};
    Tensor utilisation = number(0);
    for (std::size_t p = 0; p < parts_; ++p)
        if (blocks[p] > 0)
            utilisation = utilisation.add(used[p].div(blocks[p]));
    const bool mean = reduction_.utilisation == Reduction::Utilisation::mean_of_parts;
    return {time, mean ? utilisation.div(static_cast<double>(parts_)) : utilisation};
}

}  // namespace espalier::u_boost
