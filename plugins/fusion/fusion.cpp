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
    d("combine", &Options::combine,
      "`mean_log_ecdf` the mean logarithm of the places in the reference set; `mean_ecdf` the mean rank; `fitted` also "
      "an accuracy, with `labels`")
        .one_of({"mean_log_ecdf", "mean_ecdf", "fitted"});
    d("as", &Options::as,
      "the name of the fused metric of `mean_log_ecdf`, and with `_log` behind it that of its logarithm");
    d("metrics", &Options::metrics, "which of its metrics are fused; higher must be better");
    d("reference", &Options::reference, "different random networks that the ranks refer to").range(2, 1e5);
    d("labels", &Options::labels,
      "an evaluator with one metric, an accuracy for validation, that `fi_fitted` is fitted to");
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
    if (smooth() && (options.as.empty() || std::ranges::count(known, options.as) > 0))
        throw OptionError("as", "must be a name that no metric of the evaluator in `of` has");
    if (options.labels && options.combine != "fitted")
        throw OptionError("labels", "serve `combine: fitted` only; say that, or leave them out");
    if (!options.labels && options.combine == "fitted")
        throw OptionError("combine", "`fitted` needs `labels`, an evaluator that gives an accuracy");
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
    if (smooth())
        names.insert(names.end(), {options_.as, options_.as + "_log"});
    else
        names.insert(names.end(), {"fi_equal", "fi_strict"});
    if (labels_)
        names.emplace_back("fi_fitted");
    return names;
}

std::vector<Evaluation> Fusion::evaluate(std::span<const Candidate> batch, Context& context)
{
    if (distributions_.empty() && smooth_distributions_.empty())
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
        if (!rankable(seen.metrics, metric))
            return failed(seen.architecture, "no finite " + metric + " to rank");
    if (smooth())
        add_places(seen.metrics);
    else
        add_ranks(seen.metrics);
    return seen;
}

/// -infinity has a place, the least, where places are smooth.
bool Fusion::rankable(const Metrics& metrics, const std::string& metric) const
{
    const auto found = metrics.find(metric);
    return found != metrics.end() && (std::isfinite(found->second) || (smooth() && found->second < 0));
}

void Fusion::add_places(Metrics& metrics) const
{
    double sum = 0;
    for (std::size_t k = 0; k < smooth_distributions_.size(); ++k) {
        const double value = metrics.at(options_.metrics[k]);
        metrics[options_.metrics[k] + "_ecdf"] = smooth_distributions_[k](value);
        sum += smooth_distributions_[k].log(value);
    }
    const double log = sum / static_cast<double>(smooth_distributions_.size());
    metrics[options_.as] = std::exp(log);
    metrics[options_.as + "_log"] = log;
}

void Fusion::add_ranks(Metrics& metrics) const
{
    const std::vector<double> scale = ranks(metrics);
    std::vector<double> strict;
    for (std::size_t k = 0; k < scale.size(); ++k) {
        strict.push_back(distributions_[k].strict_rank(metrics.at(options_.metrics[k])));
        metrics[options_.metrics[k] + "_ecdf"] = scale[k];
    }
    metrics["fi_equal"] = mean(scale);
    metrics["fi_strict"] = mean(strict);
    if (fit_)
        metrics["fi_fitted"] = std::clamp((*fit_)(scale), 0.0, 1.0);
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
    smooth_distributions_.clear();
    for (const std::string& metric : options_.metrics) {
        if (smooth())
            smooth_distributions_.emplace_back(reference.column(metric));
        else
            distributions_.emplace_back(reference.column(metric));
    }
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
