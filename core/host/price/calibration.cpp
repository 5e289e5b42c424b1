// SPDX-License-Identifier: Apache-2.0
#include "host/price/calibration.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "espalier/error.hpp"
#include "espalier/layer_groups.hpp"
#include "espalier/regression/metrics.hpp"
#include "espalier/regression/regressor.hpp"
#include "espalier/report/text.hpp"
#include "espalier/resolve.hpp"
#include "espalier/rng.hpp"

namespace espalier::host {
namespace {

constexpr std::size_t kNothingNew = 1000, kMostLooked = 20'000;
/// Spearman's correlation from which on an order is one to search by.
constexpr double kOrdersWell = 0.9;
/// A penalty that counts for nothing beside the data, so that ridge regression is least squares.
constexpr double kNoPenalty = 1e-9;

/// Networks that were priced, and what the table makes of them.
struct Sample {
    std::vector<Architecture> networks;
    std::vector<double> values;
    std::vector<double> sums, groups;  // of the table, where it has all groups
    void add(const Architecture& architecture, double value, double sum, std::size_t count)
    {
        networks.push_back(architecture);
        values.push_back(value);
        sums.push_back(sum);
        groups.push_back(static_cast<double>(count));
    }
};

double median(std::vector<double> values)
{
    std::ranges::sort(values);
    const std::size_t half = values.size() / 2;
    return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

CalibratedModel judged(std::string name, const std::vector<double>& truth, const std::vector<double>& predicted,
                       std::string yaml)
{
    CalibratedModel model{.name = std::move(name), .yaml = std::move(yaml)};
    std::vector<double> errors;
    for (std::size_t i = 0; i < truth.size(); ++i)
        errors.push_back(100 * std::abs(predicted[i] - truth[i]) / truth[i]);
    model.within_10_pct = 100 * static_cast<double>(std::ranges::count_if(errors, [](double e) { return e <= 10; })) /
                          static_cast<double>(errors.size());
    model.median_error_pct = median(std::move(errors));
    model.spearman = regression::spearman_rho(truth, predicted);
    model.kendall = regression::kendall_tau(truth, predicted);
    return model;
}

std::vector<double> rows_of(const Sample& sample)
{
    std::vector<double> rows;
    for (std::size_t i = 0; i < sample.values.size(); ++i)
        rows.insert(rows.end(), {sample.sums[i], sample.groups[i]});
    return rows;
}

void add_tables(Calibration& calibration, const Sample& fit, const Sample& judge, const std::string& metric,
                const std::string& table)
{
    const std::string file = fmt::format("use: layer_table, file: {}, column: {}, as: {}", table, metric, metric);
    calibration.models.push_back(judged("table", judge.values, judge.sums, "{" + file + "}"));

    regression::RegressorSettings settings;
    settings.alpha = kNoPenalty;
    settings.scale_targets = false;
    const auto least_squares = regression::make_regressor("ridge", settings);
    const std::vector<double> fit_rows = rows_of(fit), judge_rows = rows_of(judge);
    least_squares->fit({fit_rows, 2}, fit.values);
    std::vector<double> predicted(judge.values.size());
    least_squares->predict({judge_rows, 2}, predicted);
    const regression::Model& model = least_squares->model();
    if (model.weights.empty())
        return;  // all cost the same
    calibration.models.push_back(
        judged("corrected table", judge.values, predicted,
               fmt::format("{{{}, scale: {}, per_group: {}, constant: {}}}", file, report::rounded(model.weights[0]),
                           report::rounded(model.weights[1]), report::rounded(model.intercept))));
}

void add_learnt(Calibration& calibration, const SearchSpace& space, const Sample& fit, const Sample& judge,
                const std::string& metric, const std::string& networks, const PriceLearner& learner)
{
    PriceLesson learnt;
    learnt.judge = judge.networks;
    for (const auto& [name, options] :
         {std::pair{"predicted, ridge", ", model: ridge, features: masked"}, std::pair{"predicted", ""}}) {
        learnt.name = name;
        learnt.options = options;
        learnt.fit.clear();
        for (std::size_t i = 0; i < fit.networks.size(); ++i)
            learnt.fit.emplace(space.text(fit.networks[i]), fit.values[i]);
        try {
            const std::vector<double> predicted = learner(learnt);
            for (std::size_t i = 0; i < judge.networks.size(); ++i)  // what is pasted learns from all
                learnt.fit.emplace(space.text(judge.networks[i]), judge.values[i]);
            calibration.models.push_back(judged(name, judge.values, predicted, learnt_yaml(learnt, networks, metric)));
        } catch (const Error& error) {
            calibration.notes.push_back(fmt::format("'{}' is left out: {}", name, error.what()));
        }
    }
}

}  // namespace

std::string learnt_yaml(const PriceLesson& learnt, const std::string& file, const std::string& metric)
{
    return fmt::format("{{use: predicted, file: {}, column: {}, as: {}, samples: {}{}}}", file, metric, metric,
                       learnt.fit.size(), learnt.options);
}

CalibrationPlan plan_calibration(const SearchSpace& space, std::size_t networks, std::uint64_t seed)
{
    CalibrationPlan plan;
    Rng rng(seed, "calibration");
    const Region all(space.decisions());
    std::set<std::string> seen;
    std::size_t nothing_new = 0;
    for (std::size_t i = 0; i < kMostLooked && nothing_new < kNothingNew; ++i, ++nothing_new) {
        const Architecture architecture = space.canonical(random_architecture(all, rng));
        if (!seen.insert(space.key(architecture)).second)
            continue;
        if (plan.networks.size() < networks)
            plan.networks.push_back(architecture);
        const Network network = space.network(Region(architecture));
        for (const LayerGroup& group : layer_groups(network))
            if (!plan.groups.contains(group.key)) {
                plan.groups.emplace(group.key, cut(network, group.layers));
                nothing_new = 0;
            }
    }
    if (plan.groups.empty())
        throw Error("the networks of the space have no layers to be priced");
    return plan;
}

Calibration calibrate(const SearchSpace& space, const CalibrationPlan& plan, const Priced& priced,
                      const std::string& metric, const std::string& table, const std::string& networks,
                      const PriceLearner& learner)
{
    Calibration calibration;
    Sample samples[2];
    std::set<std::string> missing;
    std::size_t without_error = 0;
    for (const Architecture& architecture : plan.networks) {
        const auto found = priced.networks.find(space.text(architecture));
        if (found == priced.networks.end())
            continue;
        if (!(found->second > 0)) {
            ++without_error;
            continue;
        }
        double sum = 0;
        const std::vector<LayerGroup> groups = layer_groups(space.network(Region(architecture)));
        for (const LayerGroup& group : groups)
            if (const auto cost = priced.groups.find(group.key); cost != priced.groups.end())
                sum += cost->second;
            else
                missing.insert(group.key);
        samples[(samples[0].values.size() + samples[1].values.size()) % 2].add(architecture, found->second, sum,
                                                                               groups.size());
    }
    const auto& [fit, judge] = samples;
    calibration.fitted = fit.values.size();
    calibration.judged = judge.values.size();
    if (calibration.fitted + calibration.judged < kLeastNetworks)
        throw Error(
            fmt::format("{} networks have a {} above 0, and {} are needed: ask for more --networks, or give it "
                        "a larger --budget",
                        calibration.fitted + calibration.judged, metric, kLeastNetworks));
    if (without_error > 0)
        calibration.notes.push_back(
            fmt::format("{} networks whose {} is not above 0, of which no error is a percentage, "
                        "are left out",
                        without_error, metric));
    if (missing.empty())
        add_tables(calibration, fit, judge, metric, table);
    else
        calibration.notes.push_back(fmt::format(
            "the table is not whole: {} groups of layers have no price, the first is '{}'; the same command "
            "asks for them again",
            missing.size(), *missing.begin()));
    add_learnt(calibration, space, fit, judge, metric, networks, learner);
    if (calibration.models.empty())
        throw Error(fmt::format("no cost model could be judged: {}", fmt::join(calibration.notes, "; ")));
    const auto best = std::ranges::min_element(calibration.models, {}, &CalibratedModel::median_error_pct);
    calibration.recommended = static_cast<std::size_t>(best - calibration.models.begin());
    if (!(best->spearman >= kOrdersWell))
        calibration.notes.push_back(
            fmt::format("'{}' orders these networks badly: a search that follows it may be "
                        "misled; measure more, or on a quieter device",
                        best->name));
    return calibration;
}

report::Table calibration_table(const Calibration& calibration, bool with_yaml)
{
    report::Table table{{"model", "median_error_pct", "within_10_pct", "spearman", "kendall", "mark"}, {}};
    if (with_yaml)
        table.columns.emplace_back("yaml");
    for (std::size_t i = 0; i < calibration.models.size(); ++i) {
        const CalibratedModel& model = calibration.models[i];
        table.rows.push_back({model.name, model.median_error_pct, model.within_10_pct,
                              report::if_defined(model.spearman), report::if_defined(model.kendall),
                              std::string(i == calibration.recommended ? "recommended" : "")});
        if (with_yaml)
            table.rows.back().emplace_back(model.yaml);
    }
    return table;
}

}  // namespace espalier::host
