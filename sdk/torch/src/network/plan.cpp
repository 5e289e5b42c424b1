// SPDX-License-Identifier: Apache-2.0
#include "plan.hpp"

#include <algorithm>

#include "espalier/error.hpp"

#include "operations.hpp"

namespace espalier::torch_sdk {
namespace {

/// Of the examples asked for, the share from which on `automatic` computes all: what is left is then worth less than
/// taking rows out and putting them back.
constexpr double kWorthAll = 0.9;

class Planner {
public:
    Planner(const Network& network, const OpenGates& gates, std::int64_t batch, GateExecution execution)
        : network_{network}, gates_{gates}, all_{Rows::all(batch)}, none_{Rows::none(batch)}, execution_{execution}
    {
        // without a gate per example there is nothing to gather
        if (std::ranges::none_of(gates, [](const auto& gate) { return gate.second.per_example(); }))
            execution_ = GateExecution::dense;
    }

    Plan made()
    {
        Plan plan;
        for (const Layer layer : network_)
            plan.present.push_back(present(layer, plan.present));
        plan.rows.assign(network_.size(), none_);
        plan.last_use.resize(network_.size());
        plan.rows.back() = all_;
        for (std::size_t i = network_.size(); i-- > 0;)
            ask_inputs(network_[i], plan);
        return plan;
    }

private:
    Rows present(const Layer& layer, const std::vector<Rows>& before) const
    {
        if (layer.op() == Op::zero)
            return none_;
        const auto inputs = layer.inputs();
        const auto found = layer.op() == Op::choice ? gates_.find(layer.decision()) : gates_.end();
        const bool any = layer.op() == Op::choice || layer.op() == Op::add || layer.op() == Op::otherwise;
        Rows result = any ? none_ : all_;
        for (std::size_t k = 0; k < inputs.size(); ++k) {
            const Rows& input = before[inputs[k]];
            if (found != gates_.end())
                result = result | (input & found->second.gives(option_of(layer, k)));
            else
                result = any ? result | input : result & input;
        }
        return result;
    }

    // What is asked of a layer is final when it comes to it, as everything that reads it lies behind.
    void ask_inputs(const Layer& layer, Plan& plan) const
    {
        Rows& rows = plan.rows[layer.index()];
        if (execution_ != GateExecution::dense)
            rows = worth(rows, rows & plan.present[layer.index()]);
        if (rows.empty())
            return;
        if (layer.op() == Op::input)
            rows = all_;
        if (layer.op() == Op::channel_mask)
            gate_of(layer, gates_);
        const auto inputs = layer.inputs();
        for (std::size_t k = 0; k < inputs.size(); ++k) {
            const Rows asked = asked_of(layer, k, plan);
            if (asked.empty())
                continue;
            if (plan.rows[inputs[k]].empty())
                plan.last_use[inputs[k]] = layer.index();
            plan.rows[inputs[k]] = plan.rows[inputs[k]] | asked;
        }
    }

    Rows asked_of(const Layer& layer, std::size_t k, const Plan& plan) const
    {
        const Rows& rows = plan.rows[layer.index()];
        const auto inputs = layer.inputs();
        if (layer.op() == Op::choice) {
            const Gate& gate = gate_of(layer, gates_);
            const Rows given = gate.gives(option_of(layer, k));
            return gate.per_example() ? worth(rows, rows & given) : rows & given;
        }
        if (layer.op() == Op::otherwise && k == 1)
            return worth(rows, rows - plan.present[inputs[0]]);
        if (layer.op() == Op::add || layer.op() == Op::otherwise)
            return worth(rows, rows & plan.present[inputs[k]]);
        return rows;
    }

    Rows worth(const Rows& asked, const Rows& needed) const
    {
        const bool all = execution_ == GateExecution::dense ||
                         (execution_ == GateExecution::automatic &&
                          static_cast<double>(needed.count()) >= kWorthAll * static_cast<double>(asked.count()));
        return all ? asked : needed;
    }

    const Network& network_;
    const OpenGates& gates_;
    Rows all_, none_;
    GateExecution execution_;
};

}  // namespace

Plan plan(const Network& network, const OpenGates& gates, std::int64_t batch, GateExecution execution)
{
    return Planner(network, gates, batch, execution).made();
}

const Gate& gate_of(const Layer& layer, const OpenGates& gates)
{
    const auto found = gates.find(layer.decision());
    if (found == gates.end())
        throw Error(layer_place(layer) + ": decision " + std::to_string(layer.decision()) +
                    " is open, so it needs a gate; or resolve the network first");
    return found->second;
}

std::string layer_place(const Layer& layer)
{
    const std::string& weights = layer.spec().weights;
    return "layer " + std::to_string(layer.index()) + " (" + layer.spec().name + ")" +
           (weights.empty() ? "" : " '" + weights + "'");
}

}  // namespace espalier::torch_sdk
