// SPDX-License-Identifier: Apache-2.0
#include "fusion.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "espalier/error.hpp"

#include "learning.hpp"

namespace espalier::fusion {

namespace {

/// Accuracies as fractions whatever the unit of the label.
double fraction(const std::string& metric, double value)
{
    return metric.ends_with("_pct") ? value / 100 : value;
}

double mean(std::span<const double> values)
{
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

}  // namespace

void Fusion::Options::describe(Describe<Options>& d)
{
    d("of", &Options::of, "the evaluator whose metrics are ranked and fused").must();
    d("metrics", &Options::metrics, "which of its metrics are fused; higher must be better");
    d("reference", &Options::reference, "different random networks that the ranks refer to").range(2, 1e5);
    d("labels", &Options::labels, "an evaluator with one metric, an accuracy for validation: also give `fi_fitted`");
    d("labelled", &Options::labelled, "networks outside the reference set that `fi_fitted` is fitted on").range(2, 1e5);
    d("ridge", &Options::ridge, "added to the diagonal of the normal equations of `fi_fitted`").range(1e-12, 1e6);
    d("per_step", &Options::per_step, "networks between two saves while the reference set is learnt").range(1, 1e5);
    d("seed", &Options::seed, "of the reference set; the experiment's seed does not change it");
}

Fusion::Fusion(const Options& options, const Setup& setup)
    : options_{options}, inner_{setup.make(options.of)}, space_{*setup.space}
{
    if (inner_->trains())
        throw OptionError("of", "has to learn first itself; only evaluators that need no training can be ranked");
    const std::vector<std::string> known = inner_->metrics();
    if (options.metrics.empty())
        throw OptionError("metrics", "is empty; at least one metric must be fused");
    for (std::size_t i = 0; i < options.metrics.size(); ++i) {
        const std::string place = "metrics." + std::to_string(i);
        if (std::ranges::find(known, options.metrics[i]) == known.end())
            throw OptionError(place, "the evaluator in `of` gives no metric '" + options.metrics[i] + "'" +
                                         suggestion(options.metrics[i], known));
        if (std::ranges::count(std::span(options.metrics).first(i), options.metrics[i]) > 0)
            throw OptionError(place, "'" + options.metrics[i] + "' is named twice");
    }
    if (!options.labels)
        return;
    labels_ = setup.make(options.labels);
    if (labels_->trains() || labels_->metrics().size() != 1)
        throw OptionError("labels", "must be an evaluator that needs no training and gives exactly one metric");
}

Fusion::~Fusion() = default;

std::vector<std::string> Fusion::metrics() const
{
    std::vector<std::string> names = inner_->metrics();
    for (const std::string& metric : options_.metrics)
        names.push_back(metric + "_ecdf");
    names.insert(names.end(), {"fi_equal", "fi_strict"});
    if (labels_)
        names.push_back("fi_fitted");
    return names;
}

std::vector<Evaluation> Fusion::evaluate(std::span<const Candidate> batch, Context& context)
{
    if (distributions_.empty())
        throw Error("`fusion` was asked before it learnt its reference set");
    std::vector<Evaluation> result = inner_->evaluate(batch, context);
    for (Evaluation& one : result)
        one = fused(std::move(one));
    return result;
}

Evaluation Fusion::fused(Evaluation seen) const
{
    if (!seen.ok())
        return seen;
    for (const std::string& metric : options_.metrics)
        if (const auto found = seen.metrics.find(metric); found == seen.metrics.end() || !std::isfinite(found->second))
            return failed(seen.architecture, "no finite " + metric + " to rank");
    const std::vector<double> scale = ranks(seen.metrics);
    std::vector<double> strict;
    for (std::size_t k = 0; k < scale.size(); ++k) {
        strict.push_back(distributions_[k].strict_rank(seen.metrics.at(options_.metrics[k])));
        seen.metrics[options_.metrics[k] + "_ecdf"] = scale[k];
    }
    seen.metrics["fi_equal"] = mean(scale);
    seen.metrics["fi_strict"] = mean(strict);
    if (fit_)
        seen.metrics["fi_fitted"] = std::clamp((*fit_)(scale), 0.0, 1.0);
    return seen;
}

std::vector<double> Fusion::ranks(const Metrics& metrics) const
{
    std::vector<double> result;
    for (std::size_t k = 0; k < distributions_.size(); ++k)
        result.push_back(distributions_[k].rank(metrics.at(options_.metrics[k])));
    return result;
}

std::unique_ptr<Phase> Fusion::training(const Region& region, Sampler paths)
{
    if (!paths)
        paths = [region](Rng& rng) { return random_architecture(region, rng); };
    return std::make_unique<Learning>(*this, std::move(paths));
}

void Fusion::learn(const ReferenceSet& reference, const ReferenceSet& labelled)
{
    distributions_.clear();
    for (const std::string& metric : options_.metrics)
        distributions_.emplace_back(reference.column(metric));
    if (!labels_)
        return;
    const std::string label = labels_->metrics().front();
    std::vector<std::vector<double>> rows;
    std::vector<double> accuracies;
    for (const Member& member : labelled.members()) {
        rows.push_back(ranks(member.metrics));
        accuracies.push_back(fraction(label, member.metrics.at(label)));
    }
    fit_.emplace(rows, accuracies, options_.ridge);
}

}  // namespace espalier::fusion
