// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <thread>

#include "report.hpp"

namespace espalier::conformance {
namespace {

using Results = std::vector<Evaluation>;

std::string shown(const Candidate& c)
{
    return c.space() != nullptr ? "'" + c.space()->text(c.architecture()) + "'" : "a fragment";
}

class EvaluatorTrial {
public:
    EvaluatorTrial(Report& report, Evaluator& evaluator, std::span<const Candidate> batch)
        : report_{report}, evaluator_{evaluator}, batch_{batch}, metrics_{evaluator.metrics()}
    {
    }

    void declarations()
    {
        const std::set<std::string> names(metrics_.begin(), metrics_.end());
        report_.require(!names.empty(), "the component declares no metrics");
        report_.require(names.size() == metrics_.size(), "the component declares a metric twice");
        for (const Candidate& c : batch_) {
            report_.require(evaluator_.key(c) == evaluator_.key(c), "the key changes from call to call", shown(c));
            if (c.space() != nullptr)
                report_.require(evaluator_.key(Candidate(*c.space(), c.architecture())) == evaluator_.key(c),
                                "the key is another for the same candidate made anew", shown(c));
        }
    }

    void learn()
    {
        const auto fed = std::find_if(batch_.begin(), batch_.end(), [](const Candidate& c) { return c.space(); });
        if (fed == batch_.end())
            return;
        const Region all{fed->space()->decisions()};
        training_ = evaluator_.training(all, [all](Rng& rng) { return random_architecture(all, rng); });
        if (report_.require((training_ != nullptr) == evaluator_.trains(), "`trains` and `training` contradict") &&
            training_)
            context_.phase("training", *training_);
    }

    void results()
    {
        const Results first = evaluated(batch_);
        if (first.size() != batch_.size())
            return;
        for (std::size_t i = 0; i < batch_.size(); ++i)
            one(batch_[i], first[i]);
        if (!evaluator_.measures())
            repeatable(first);
    }

    void stopped()
    {
        PlainContext stop{true};
        report_.require(evaluator_.evaluate(batch_, stop).size() == batch_.size(),
                        "after a stop some candidates have no result");
    }

private:
    Results evaluated(std::span<const Candidate> batch)
    {
        PlainContext context;
        Results results = evaluator_.evaluate(batch, context);
        report_.require(results.size() == batch.size(), "the results are not as many as the candidates",
                        std::to_string(results.size()) + " for " + std::to_string(batch.size()));
        return results;
    }

    void one(const Candidate& c, const Evaluation& result)
    {
        report_.require(result.architecture == c.architecture(),
                        "a result is of another architecture than the candidate at its place", shown(c));
        if (!result.ok()) {
            report_.require(result.status == Status::failed, "a result that is not ok has another status than failed",
                            std::string(name(result.status)));
            report_.require(!result.reason.empty(), "a failure has no reason", shown(c));
            return;
        }
        for (const std::string& metric : metrics_) {
            const auto found = result.metrics.find(metric);
            if (report_.require(found != result.metrics.end(), "a declared metric is missing", metric))
                // -infinity: the least score, of an indicator that is not defined for the network
                report_.require(std::isfinite(found->second) || found->second < 0,
                                "a metric is not finite but the result is ok", metric);
        }
        for (const auto& [metric, value] : result.metrics)
            report_.require(std::find(metrics_.begin(), metrics_.end(), metric) != metrics_.end(),
                            "a metric is not declared", metric);
    }

    void repeatable(const Results& first)
    {
        report_.require(evaluated(batch_) == first, "the results change from call to call");
        const std::vector<Candidate> reversed(batch_.rbegin(), batch_.rend());
        Results backwards = evaluated(reversed);
        std::reverse(backwards.begin(), backwards.end());
        report_.require(backwards == first, "the results depend on the order of the batch");
        for (std::size_t i = 0; i < batch_.size(); ++i)
            report_.require(evaluated(batch_.subspan(i, 1)) == Results{first[i]},
                            "the results depend on what else is in the batch", shown(batch_[i]));
        for (std::size_t i = 0; i < batch_.size(); ++i)
            for (std::size_t j = 0; j < i; ++j)
                if (evaluator_.key(batch_[i]) == evaluator_.key(batch_[j]))
                    report_.require(first[i].metrics == first[j].metrics && first[i].status == first[j].status,
                                    "candidates with equal keys have different results", shown(batch_[i]));
        from_threads(first);
    }

    void from_threads(const Results& first)
    {
        std::vector<Results> all(4);
        std::vector<std::string> thrown(all.size());
        std::vector<std::thread> threads;
        for (std::size_t t = 0; t < all.size(); ++t)
            threads.emplace_back([&, t] {
                PlainContext context;
                try {
                    all[t] = evaluator_.evaluate(batch_, context);
                } catch (const std::exception& e) {
                    thrown[t] = e.what();
                }
            });
        for (std::thread& thread : threads)
            thread.join();
        for (std::size_t t = 0; t < all.size(); ++t)
            report_.require(all[t] == first, "several threads at once get other results", thrown[t]);
    }

    Report& report_;
    Evaluator& evaluator_;
    std::span<const Candidate> batch_;
    std::vector<std::string> metrics_;
    PlainContext context_;
    std::unique_ptr<Phase> training_;  // lives as long as the trial: components may keep what it learnt in it
};

double width(const Shape& shape)
{
    return static_cast<double>(shape[shape.size() > 2 ? 0 : shape.size() - 1]);
}

/// What all layers of the candidate's network cost together; with `weights` on average, if any of them has weight.
std::optional<double> over_layers(Report& report, const LayerCosts& price, const LayerCosts* weights,
                                  const Candidate& c, const std::string& metric)
{
    double sum = 0, weight = 0;
    for (const Layer layer : c.network()) {
        const double out = width(layer.shape());
        const double in = layer.inputs().empty() ? out : width(layer.input_shape());
        const LayerCost cost = price(layer, in, out);
        const double share = weights != nullptr ? (*weights)(layer, in, out).value : 1;
        sum += share * cost.value;
        weight += share;
        report.require(std::isfinite(cost.d_in) && std::isfinite(cost.d_out),
                       "a derivative of a layer's cost is not finite", metric + " of a " + layer.spec().name);
    }
    if (weights == nullptr)
        return sum;
    return weight == 0 ? std::nullopt : std::optional(sum / weight);
}

void check_layers(Report& report, CostModel& costs, std::span<const Candidate> batch)
{
    PlainContext context;
    const Results totals = costs.evaluate(batch, context);
    for (const std::string& metric : costs.metrics()) {
        const LayerCosts* price = costs.layers(metric);
        const std::string weighted_by = price != nullptr ? price->weighted_by() : "";
        const LayerCosts* weights = weighted_by.empty() ? nullptr : costs.layers(weighted_by);
        if (!report.require(weighted_by.empty() || (weights != nullptr && weights->weighted_by().empty()),
                            "the layers' costs are weighted by a metric that is no sum over layers", weighted_by))
            continue;
        for (std::size_t i = 0; price != nullptr && i < totals.size(); ++i) {
            if (!totals[i].ok())
                continue;
            const std::optional<double> sum = over_layers(report, *price, weights, batch[i], metric);
            const double total = totals[i].metrics.at(metric);
            report.require(
                !sum || std::abs(*sum - total) <= 1e-9 * std::max(1.0, std::abs(total)),
                "the costs of the layers do not add up to the metric",
                metric + " is " + std::to_string(total) + ", the layers cost " + std::to_string(sum.value_or(0)));
        }
    }
    report.require(costs.layers("a metric of somebody else") == nullptr,
                   "`layers` gives costs for a metric that is not the component's");
}

void check(Report& report, Evaluator& evaluator, std::span<const Candidate> batch)
{
    report.survives("the component", [&] {
        EvaluatorTrial trial{report, evaluator, batch};
        trial.declarations();
        trial.learn();
        trial.results();
        trial.stopped();
    });
}

}  // namespace

std::vector<Candidate> random_candidates(const SearchSpace& space, std::size_t count, std::uint64_t seed)
{
    Rng rng{seed, "candidates"};
    const Region all{space.decisions()};
    std::vector<Candidate> candidates;
    for (std::size_t i = 0; i < count; ++i)
        candidates.emplace_back(space, random_architecture(all, rng));
    return candidates;
}

Violations check_evaluator(Evaluator& evaluator, std::span<const Candidate> batch)
{
    Report report;
    check(report, evaluator, batch);
    return report.take();
}

Violations check_cost_model(CostModel& costs, std::span<const Candidate> batch)
{
    Report report;
    check(report, costs, batch);
    report.survives("pricing layers", [&] { check_layers(report, costs, batch); });
    return report.take();
}

}  // namespace espalier::conformance
