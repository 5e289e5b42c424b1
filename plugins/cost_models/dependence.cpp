// SPDX-License-Identifier: Apache-2.0
#include "dependence.hpp"

#include <algorithm>

namespace espalier::cost_models {
namespace {

/// A layer with a width of its own.
bool dense(const Layer& layer)
{
    return layer.op() == Op::linear || (layer.op() == Op::conv && layer.spec().number("depthwise", 0) == 0);
}

/// Layers that no plain network has: another one stands for them.
bool passes(const Layer& layer)
{
    return layer.op() == Op::choice || layer.op() == Op::channel_mask ||
           (layer.op() == Op::add && layer.inputs().size() == 1);
}

}  // namespace

class Dependence::Analysis {
public:
    Analysis(const Network& super, std::size_t decisions)
        : super_{super},
          users_(super.size()),
          none_{decisions},
          presence_(super.size(), none_),
          width_(super.size(), none_),
          inputs_(super.size(), none_),
          outputs_(super.size(), none_)
    {
        for (const Layer layer : super)
            for (const std::uint32_t input : layer.inputs())
                users_[input].push_back(static_cast<std::uint32_t>(layer.index()));
    }

    bool holds()
    {
        for (const Layer layer : super_) {
            const Op op = layer.op();
            if (op == Op::zero || op == Op::otherwise || (op == Op::add && layer.spec().number("project", 0) != 0))
                return false;
            if (op == Op::channel_mask && !absorbed(layer.inputs()[0], layer.decision()))
                return false;
        }
        return super_.size() > 0;
    }
    void run()
    {
        find_presence();
        for (const Layer layer : super_)
            find_width(layer), find_inputs(layer);
        for (std::size_t i = super_.size(); i-- > 0;)
            find_outputs(i);
    }
    DecisionSet presence(std::size_t i) const { return presence_[i]; }
    DecisionSet view(std::size_t i) const
    {
        DecisionSet all = presence_[i];
        all.add(width_[i]);
        all.add(inputs_[i]);
        all.add(outputs_[i]);
        return all;
    }

private:
    /// Whether a mask behind layer `i` always makes dense layers narrower; those then depend on its decision.
    bool absorbed(std::uint32_t i, std::size_t decision)
    {
        const Layer layer = super_[i];
        if (users_[i].size() != 1)
            return false;
        if (dense(layer)) {
            width_[i].add(decision);
            return true;
        }
        if (layer.op() != Op::choice && layer.op() != Op::channel_mask && !channelwise(layer))
            return false;
        const auto in = layer.inputs();
        return std::all_of(in.begin(), in.end(), [&](std::uint32_t input) { return absorbed(input, decision); });
    }

    void find_presence()
    {
        const std::vector<bool> always = on_every_way();
        for (std::size_t i = super_.size(); i-- > 0;)
            if (!always[i])
                for (const std::uint32_t user : users_[i])
                    add_use(presence_[i], user);
    }
    void add_use(DecisionSet& set, std::uint32_t user) const
    {
        set.add(presence_[user]);
        if (super_[user].op() == Op::choice)
            set.add(super_[user].decision());
    }
    /// The layers that the output needs however the decisions fall.
    std::vector<bool> on_every_way() const
    {
        std::vector<std::vector<bool>> needs(super_.size(), std::vector<bool>(super_.size()));
        for (const Layer layer : super_) {
            std::vector<bool>& own = needs[layer.index()];
            const auto in = layer.inputs();
            for (std::size_t k = 0; k < in.size(); ++k)
                for (std::size_t i = 0; i < own.size(); ++i)
                    own[i] = k == 0                     ? needs[in[k]][i]
                             : layer.op() == Op::choice ? own[i] && needs[in[k]][i]
                                                        : own[i] || needs[in[k]][i];
            own[layer.index()] = true;
        }
        return needs.back();
    }

    void find_width(const Layer& layer)
    {
        if (dense(layer))
            return;  // masks have said so, or nothing changes it
        DecisionSet& own = width_[layer.index()];
        for (const std::uint32_t input : layer.inputs())
            own.add(width_[input]);
        if (layer.op() == Op::channel_mask || (layer.op() == Op::choice && !own.empty()))
            own.add(layer.decision());
    }
    void find_inputs(const Layer& layer)
    {
        DecisionSet& own = inputs_[layer.index()];
        for (const std::uint32_t input : layer.inputs()) {
            own.add(width_[input]);
            if (passes(super_[input]))
                own.add(inputs_[input]);
        }
        if (layer.op() == Op::choice)
            own.add(layer.decision());
    }
    void find_outputs(std::size_t i)
    {
        for (const std::uint32_t user : users_[i]) {
            add_use(outputs_[i], user);
            if (passes(super_[user]))
                outputs_[i].add(outputs_[user]);
        }
    }

    const Network& super_;
    std::vector<std::vector<std::uint32_t>> users_;
    DecisionSet none_;
    std::vector<DecisionSet> presence_, width_, inputs_, outputs_;
};

std::optional<Dependence> Dependence::of(const Network& super, std::size_t decisions)
{
    Analysis analysis(super, decisions);
    if (!analysis.holds())
        return std::nullopt;
    analysis.run();
    Dependence result;
    for (std::size_t i = 0; i < super.size(); ++i) {
        result.presence_.push_back(analysis.presence(i));
        result.view_.push_back(analysis.view(i));
    }
    return result;
}

}  // namespace espalier::cost_models
