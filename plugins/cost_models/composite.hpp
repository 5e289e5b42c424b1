// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "espalier/cost_model.hpp"
#include "espalier/decision_costs.hpp"
#include "espalier/option.hpp"
#include "espalier/setup.hpp"

namespace espalier::cost_models {

/// One metric made of several models': their weighted sum ("total energy"), the largest or smallest ("worst of these
/// devices"), or the ratio of two. A candidate that one of them cannot price fails with that reason.
class Composite final : public CostModel, public DecisionCosts {
public:
    struct Options {
        std::vector<Use<CostModel>> of;
        std::vector<std::string> metrics;
        std::vector<double> weights;
        std::string combine = "sum", as;
        static void describe(Describe<Options>&);
    };
    /// @throws OptionErrors for metrics that the parts do not give, and lists of other lengths than `of`.
    Composite(const Options&, const Setup&);
    ~Composite() override;

    std::vector<std::string> metrics() const override { return {options_.as}; }
    std::vector<Evaluation> evaluate(std::span<const Candidate> batch, Context&) override;
    /// Candidates that no part tells apart.
    std::string key(const Candidate&) const override;
    /// Of a sum whose parts all are sums over layers.
    const LayerCosts* layers(std::string_view metric) const override;
    /// Of a sum whose parts all are sums over decisions, each for the metric that is taken of it.
    bool sums_decisions() const override;
    DecisionTerms terms(const Architecture& canonical) const override;
    /// Of each part that learns, one after the other.
    std::unique_ptr<Phase> training(const Region&, Sampler paths) override;
    bool trains() const override;
    bool measures() const override;
    bool slow() const override;
    std::size_t batch_size() const override;

private:
    class WeightedLayers;
    struct Part {
        std::unique_ptr<CostModel> model;
        std::string metric;
        double weight;
        const DecisionCosts* by_decision;  // null: the metric is no sum over decisions
    };
    double combined(const std::vector<double>&) const;
    Options options_;
    std::vector<Part> parts_;
    std::unique_ptr<WeightedLayers> layers_;  // none: not a sum of layers
};

}  // namespace espalier::cost_models
