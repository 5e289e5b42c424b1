// SPDX-License-Identifier: Apache-2.0
#include "composite.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "espalier/error.hpp"
#include "espalier/sdk/units.hpp"

#include "phases_in_turn.hpp"
#include "priced.hpp"

namespace espalier::cost_models {

/// The weighted sum of what the parts say of a layer.
class Composite::WeightedLayers final : public LayerCosts {
public:
    explicit WeightedLayers(const std::vector<Part>& parts)
    {
        for (const Part& part : parts)
            parts_.emplace_back(part.model->layers(part.metric), part.weight);
    }
    LayerCost operator()(const Layer& layer, double width_in, double width_out) const override
    {
        LayerCost sum;
        for (const auto& [layers, weight] : parts_) {
            const LayerCost cost = (*layers)(layer, width_in, width_out);
            sum.value += weight * cost.value;
            sum.d_in += weight * cost.d_in;
            sum.d_out += weight * cost.d_out;
        }
        return sum;
    }

private:
    std::vector<std::pair<const LayerCosts*, double>> parts_;
};

void Composite::Options::describe(Describe<Options>& d)
{
    d("of", &Options::of, "the cost models that are combined").must();
    d("metrics", &Options::metrics, "which metric of each, in their order; empty: the only one that each gives");
    d("combine", &Options::combine,
      "sum: weights * metrics; max, min: of weights * metrics; ratio: the first by the second")
        .one_of({"sum", "max", "min", "ratio"});
    d("weights", &Options::weights, "what each metric is multiplied with; empty: 1");
    d("as", &Options::as, "name of the metric, with its unit").must();
}

Composite::Composite(const Options& options, const Setup& setup) : options_{options}
{
    std::vector<OptionError> wrong;
    if (options_.as.empty())
        wrong.emplace_back("as", "a metric needs a name");
    const std::size_t parts = options_.of.size();
    if (parts == 0)
        wrong.emplace_back("of", "names no cost model");
    if (options_.combine == "ratio" && parts != 2)
        wrong.emplace_back("of", "a ratio is of two cost models, not of " + std::to_string(parts));
    if (!options_.metrics.empty() && options_.metrics.size() != parts)
        wrong.emplace_back("metrics", "names " + std::to_string(options_.metrics.size()) + " metrics of " +
                                          std::to_string(parts) + " cost models");
    if (!options_.weights.empty() && options_.weights.size() != parts)
        wrong.emplace_back("weights", "has " + std::to_string(options_.weights.size()) + " numbers for " +
                                          std::to_string(parts) + " cost models");
    if (!wrong.empty())
        throw OptionErrors(std::move(wrong));
    for (std::size_t i = 0; i < parts; ++i) {
        std::unique_ptr<CostModel> model = setup.make(options_.of[i]);
        const std::vector<std::string> given = model->metrics();
        const std::string name = !options_.metrics.empty() ? options_.metrics[i] : given.size() == 1 ? given[0] : "";
        if (std::find(given.begin(), given.end(), name) == given.end()) {
            const std::string all = std::accumulate(given.begin(), given.end(), std::string(),
                                                    [](const std::string& list, const std::string& metric) {
                                                        return list.empty() ? metric : list + ", " + metric;
                                                    });
            wrong.emplace_back("metrics", "the cost model " + std::to_string(i + 1) + " gives " + all +
                                              (name.empty() ? ": say which" : ", not '" + name + "'"));
            continue;
        }
        const double weight = options_.weights.empty() ? 1 : options_.weights[i];
        const Unit *const from = unit_of(name), *const to = unit_of(options_.as);
        if (options_.combine != "ratio" && weight == 1 && from != nullptr && to != nullptr && from != to) {
            wrong.emplace_back("weights", "'" + name + "' has another unit than '" + options_.as +
                                              "': say in weights what it is to be multiplied with");
            continue;
        }
        const auto* by_decision = dynamic_cast<const DecisionCosts*>(model.get());
        if (by_decision != nullptr && (name != given.front() || !by_decision->sums_decisions()))
            by_decision = nullptr;
        parts_.push_back({std::move(model), name, weight, by_decision});
    }
    if (!wrong.empty())
        throw OptionErrors(std::move(wrong));
    if (options_.combine == "sum" && std::all_of(parts_.begin(), parts_.end(), [](const Part& part) {
            const LayerCosts* layers = part.model->layers(part.metric);
            return layers != nullptr && layers->weighted_by().empty();
        }))
        layers_ = std::make_unique<WeightedLayers>(parts_);
}

Composite::~Composite() = default;

double Composite::combined(const std::vector<double>& values) const
{
    if (options_.combine == "ratio")
        return values[0] / values[1];
    if (options_.combine == "sum")
        return std::accumulate(values.begin(), values.end(), 0.0);
    const auto [least, largest] = std::minmax_element(values.begin(), values.end());
    return options_.combine == "max" ? *largest : *least;
}

std::vector<Evaluation> Composite::evaluate(std::span<const Candidate> batch, Context& context)
{
    std::vector<std::vector<Evaluation>> by_part;
    for (const Part& part : parts_)
        by_part.push_back(answers(*part.model, {&part.metric, 1}, batch, context));
    std::vector<Evaluation> results;
    results.reserve(batch.size());
    for (std::size_t i = 0; i < batch.size(); ++i) {
        const auto refused = std::find_if(by_part.begin(), by_part.end(), [i](const auto& of) { return !of[i].ok(); });
        if (refused != by_part.end()) {
            results.push_back((*refused)[i]);
            results.back().metrics.clear();
            continue;
        }
        std::vector<double> values;
        for (std::size_t part = 0; part < parts_.size(); ++part)
            values.push_back(parts_[part].weight * by_part[part][i].metrics.at(parts_[part].metric));
        results.push_back({.architecture = batch[i].architecture(),
                           .metrics = {{options_.as, combined(values)}},
                           .status = Status::ok,
                           .reason = {}});
    }
    return results;
}

std::string Composite::key(const Candidate& candidate) const
{
    std::vector<std::string> keys;
    for (const Part& part : parts_)
        keys.push_back(part.model->key(candidate));
    if (std::equal(keys.begin() + 1, keys.end(), keys.begin()))
        return keys.front();
    return std::accumulate(keys.begin() + 1, keys.end(), keys.front(),
                           [](const std::string& all, const std::string& key) { return all + '\n' + key; });
}

const LayerCosts* Composite::layers(std::string_view metric) const
{
    return metric == options_.as ? layers_.get() : nullptr;
}

bool Composite::sums_decisions() const
{
    return options_.combine == "sum" && std::ranges::all_of(parts_, &Part::by_decision);
}

DecisionTerms Composite::terms(const Architecture& canonical) const
{
    DecisionTerms sum;
    sum.decisions.resize(canonical.choices.size());
    for (const Part& part : parts_) {
        const DecisionTerms terms = part.by_decision->terms(canonical);
        if (terms.decisions.size() != sum.decisions.size())
            throw Error("the cost model of '" + part.metric + "' has costs of " +
                        std::to_string(terms.decisions.size()) + " decisions, the architecture has " +
                        std::to_string(sum.decisions.size()));
        sum.common += part.weight * terms.common;
        for (std::size_t d = 0; d < sum.decisions.size(); ++d)
            sum.decisions[d] += part.weight * terms.decisions[d];
    }
    return sum;
}

std::unique_ptr<Phase> Composite::training(const Region& region, Sampler paths)
{
    std::vector<std::unique_ptr<Phase>> phases;
    for (const Part& part : parts_)
        if (std::unique_ptr<Phase> phase = part.model->training(region, paths))
            phases.push_back(std::move(phase));
    return phases.empty() ? nullptr : std::make_unique<PhasesInTurn>(std::move(phases));
}

bool Composite::trains() const
{
    return std::any_of(parts_.begin(), parts_.end(), [](const Part& part) { return part.model->trains(); });
}

bool Composite::measures() const
{
    return std::any_of(parts_.begin(), parts_.end(), [](const Part& part) { return part.model->measures(); });
}

bool Composite::slow() const
{
    return std::any_of(parts_.begin(), parts_.end(), [](const Part& part) { return part.model->slow(); });
}

std::size_t Composite::batch_size() const
{
    std::size_t most = 1;
    for (const Part& part : parts_)
        most = std::max(most, part.model->batch_size());
    return most;
}

}  // namespace espalier::cost_models
