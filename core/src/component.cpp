// SPDX-License-Identifier: Apache-2.0
// Key functions: the one home of every interface's virtual table, so that its type is the same in every library.
#include "espalier/component.hpp"

#include "espalier/cost_model.hpp"
#include "espalier/data.hpp"
#include "espalier/decision_costs.hpp"
#include "espalier/error.hpp"
#include "espalier/evaluator.hpp"
#include "espalier/phase.hpp"
#include "espalier/reward.hpp"
#include "espalier/strategy.hpp"

namespace espalier {

Component::~Component() = default;
Data::~Data() = default;
Evaluator::~Evaluator() = default;
CostModel::~CostModel() = default;
LayerCosts::~LayerCosts() = default;
DecisionCosts::~DecisionCosts() = default;
Reward::~Reward() = default;
Strategy::~Strategy() = default;
Phase::~Phase() = default;

// NOLINTNEXTLINE(performance-unnecessary-value-param): who trains keeps it
std::unique_ptr<Phase> Evaluator::training(const Region&, Sampler)
{
    return nullptr;
}

bool Evaluator::save(const Candidate&, const std::string&, Context&)
{
    return false;
}

Shape Data::input() const
{
    const std::vector<Input> all = inputs();
    if (all.size() != 1)
        throw Error("one input is needed; `data` gives " + std::to_string(all.size()));
    return all.front().shape;
}

std::size_t Data::classes() const
{
    const Shape wanted = output();
    if (wanted.size() != 1)
        throw Error("data with classes are needed; `data` wants outputs of " + to_string(wanted));
    return static_cast<std::size_t>(wanted[0]);
}

const LayerCosts* CostModel::layers(std::string_view) const
{
    return nullptr;
}

}  // namespace espalier
