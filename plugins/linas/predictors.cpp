// SPDX-License-Identifier: Apache-2.0
#include "predictors.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "espalier/cost_model.hpp"
#include "espalier/error.hpp"
#include "espalier/regression/metrics.hpp"

namespace espalier::linas {

namespace {

/// The metric of an evaluation that has it and did not fail.
std::optional<double> measured(const Evaluation& evaluation, const std::string& metric)
{
    const auto found = evaluation.metrics.find(metric);
    if (evaluation.status == Status::failed || found == evaluation.metrics.end() || !std::isfinite(found->second))
        return std::nullopt;
    return found->second;
}

}  // namespace

void note_not_finite(Search& search, const moo::SearchGenomes& genomes, std::span<const Evaluation> evaluations)
{
    if (const std::size_t count = genomes.told(evaluations).not_finite; count > 0)
        search.note("not finite", static_cast<double>(count));
}

Targets Targets::of(const Setup& setup, const PredictionOptions& options, const PredictionRules& rules)
{
    if (setup.objectives.empty())
        throw Error("predictors are made of `objectives`, and the experiment has none");
    Targets targets{setup.objectives, setup.constraints, {}};
    std::vector<std::string> priced;
    bool askable = true;
    for (const CostModel* cost : setup.costs) {
        askable = askable && !cost->measures();
        const std::vector<std::string> names = cost->metrics();
        priced.insert(priced.end(), names.begin(), names.end());
    }
    const auto add = [&](const std::string& name) {
        if (std::ranges::find(targets.metrics, name, &Metric::name) != targets.metrics.end())
            return;
        const bool bounded = std::ranges::find(setup.constraints, name, &Constraint::metric) != setup.constraints.end();
        const bool known = (rules.exact_costs || bounded) && askable && std::ranges::find(priced, name) != priced.end();
        targets.metrics.push_back({name, predictor_of(options, name), known});
    };
    for (const Objective& objective : setup.objectives)
        add(objective.metric);
    for (const Constraint& constraint : setup.constraints)
        add(constraint.metric);
    for (std::size_t i = 0; i < options.predictors.size(); ++i) {
        const std::string name = options.predictors[i].substr(0, options.predictors[i].find('='));
        const auto found = std::ranges::find(targets.metrics, name, &Metric::name);
        if (found == targets.metrics.end() || found->exact)
            throw OptionError("predictors." + std::to_string(i),
                              "'" + name + "' is not predicted: it is " +
                                  (found == targets.metrics.end() ? "in no objective and no constraint"
                                                                  : "a cost, which is known exactly"));
    }
    return targets;
}

bool Targets::any_exact() const
{
    return std::ranges::any_of(metrics, &Metric::exact);
}

std::uint64_t Targets::hash_of_costs(Search& search, const Architecture& architecture) const
{
    const std::vector<Evaluation> priced = search.cost(std::span(&architecture, 1));
    std::uint64_t hash = 0;
    for (const Metric& metric : metrics) {
        const auto found = priced.front().metrics.find(metric.name);
        if (metric.exact && found != priced.front().metrics.end())
            hash = (hash ^ std::bit_cast<std::uint64_t>(found->second)) * 0x100000001b3U;
    }
    return hash;
}

std::size_t Targets::column(const std::string& metric) const
{
    return static_cast<std::size_t>(std::ranges::find(metrics, metric, &Metric::name) - metrics.begin());
}

Predictors::Predictors(Search& search, const moo::SearchGenomes& genomes, const Targets& targets,
                       const PredictionRules& rules)
    : search_{search}, genomes_{genomes}, targets_{targets}
{
    const moo::GenomeSpace space = genomes.genome_space();
    for (const Targets::Metric& metric : targets.metrics) {
        regressors_.emplace_back();
        if (!metric.exact)
            regressors_.back().emplace(regression::Features(space.options, rules.features, space.active),
                                       metric.predictor, rules.regressor);
    }
}

bool Predictors::fit(std::span<const Evaluation> validated)
{
    fitted_ = true;
    for (std::size_t m = 0; m < regressors_.size(); ++m) {
        if (!regressors_[m])
            continue;
        moo::Genomes rows(search_.space().decisions().size());
        std::vector<double> values;
        for (const Evaluation& evaluation : validated) {
            const std::optional<double> value = measured(evaluation, targets_.metrics[m].name);
            if (!value)
                continue;
            rows.append(evaluation.architecture.choices);
            values.push_back(*value);
        }
        if (values.empty())
            return fitted_ = false;
        regressors_[m]->fit(rows, values);
    }
    return fitted_;
}

moo::Points Predictors::costs(const moo::Genomes& genomes, std::vector<bool>& refused) const
{
    moo::Points values(targets_.metrics.size(), genomes.rows());
    refused.assign(genomes.rows(), false);
    std::ranges::fill(values.values(), std::numeric_limits<double>::quiet_NaN());
    if (!targets_.any_exact())
        return values;
    const std::vector<Evaluation> priced = search_.cost(genomes_.architectures(genomes));
    for (std::size_t row = 0; row < priced.size(); ++row) {
        refused[row] = priced[row].status == Status::failed;  // by another cost, too
        for (std::size_t m = 0; m < targets_.metrics.size(); ++m) {
            if (!targets_.metrics[m].exact)
                continue;
            const auto found = priced[row].metrics.find(targets_.metrics[m].name);
            if (found == priced[row].metrics.end() || std::isnan(found->second))
                refused[row] = true;
            else
                values[row][m] = found->second;
        }
    }
    return values;
}

std::vector<double> Predictors::unaffordable(const moo::Genomes& genomes) const
{
    std::vector<bool> refused;
    const moo::Points values = costs(genomes, refused);
    std::vector<double> sums(genomes.rows(), 0);
    for (std::size_t row = 0; row < genomes.rows(); ++row) {
        for (const Constraint& constraint : targets_.constraints) {
            const std::size_t m = targets_.column(constraint.metric);
            if (targets_.metrics[m].exact && !refused[row])
                sums[row] += constraint.violation(values[row][m]);
        }
        if (refused[row])
            sums[row] = std::numeric_limits<double>::infinity();
    }
    return sums;
}

Predictors::Forecast Predictors::forecast(const moo::Genomes& genomes) const
{
    std::vector<bool> refused;
    moo::Points values = costs(genomes, refused);
    std::vector<double> column(genomes.rows());
    for (std::size_t m = 0; m < regressors_.size(); ++m) {
        if (!regressors_[m])
            continue;
        regressors_[m]->predict(genomes, column);
        for (std::size_t row = 0; row < genomes.rows(); ++row)
            values[row][m] = column[row];
    }
    Forecast forecast{moo::Points(targets_.objectives.size(), genomes.rows()), std::vector<double>(genomes.rows(), 0),
                      std::vector<double>(genomes.rows(), 0)};
    std::vector<std::size_t> wanted, bounded;  // column of each objective and constraint
    for (const Objective& objective : targets_.objectives)
        wanted.push_back(targets_.column(objective.metric));
    for (const Constraint& constraint : targets_.constraints)
        bounded.push_back(targets_.column(constraint.metric));
    for (std::size_t row = 0; row < genomes.rows(); ++row) {
        if (refused[row]) {
            forecast.violations[row] = forecast.unaffordable[row] = std::numeric_limits<double>::infinity();
            continue;
        }
        for (std::size_t i = 0; i < targets_.objectives.size(); ++i) {
            const double value = values[row][wanted[i]];
            forecast.losses[row][i] = targets_.objectives[i].maximise ? -value : value;
            if (!std::isfinite(value))  // a cost may be: nothing to be preferred, and nothing to be dropped
                forecast.violations[row] = std::numeric_limits<double>::infinity();
        }
        for (std::size_t c = 0; c < bounded.size(); ++c) {
            const double violation = targets_.constraints[c].violation(values[row][bounded[c]]);
            forecast.violations[row] += violation;
            forecast.unaffordable[row] += targets_.metrics[bounded[c]].exact ? violation : 0;
        }
    }
    return forecast;
}

void Predictors::note_quality(std::span<const Evaluation> evaluations) const
{
    if (!fitted_)
        return;
    for (std::size_t m = 0; m < regressors_.size(); ++m) {
        if (!regressors_[m])
            continue;
        const std::string& name = targets_.metrics[m].name;
        std::vector<double> truth, predicted;
        for (const Evaluation& evaluation : evaluations) {
            const std::optional<double> value = measured(evaluation, name);
            if (!value)
                continue;
            truth.push_back(*value);
            predicted.push_back(regressors_[m]->predict(evaluation.architecture.choices));
        }
        if (truth.empty())
            continue;
        search_.note("mape " + name, regression::mape(truth, predicted));
        if (const double tau = regression::kendall_tau(truth, predicted); std::isfinite(tau))
            search_.note("tau " + name, tau);
    }
}

}  // namespace espalier::linas
