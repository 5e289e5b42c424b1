// SPDX-License-Identifier: Apache-2.0
#include "host/price/calibration.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "espalier/error.hpp"
#include "espalier/layer_groups.hpp"
#include "espalier/option.hpp"
#include "espalier/regression/metrics.hpp"
#include "espalier/regression/regressor.hpp"
#include "espalier/report/text.hpp"
#include "espalier/resolve.hpp"
#include "espalier/rng.hpp"

#include "host/price/median.hpp"

namespace espalier::host {
namespace {

constexpr std::size_t kNothingNew = 1000, kMostLooked = 20'000;
/// Spearman's correlation from which on an order is one to search by.
constexpr double kOrdersWell = 0.9;
/// A penalty that counts for nothing beside the data, so that ridge regression is least squares.
constexpr double kNoPenalty = 1e-9;
constexpr const char* kPredicted = "predicted";

/// Networks that were priced, and what the table makes of them.
struct Sample {
    std::vector<Architecture> networks;
    std::vector<double> values, halves[2];
    std::vector<double> sums, groups;  // of the table, where it has all groups
    void add(const Architecture& architecture, const SteadyPrice& price, double sum, std::size_t count)
    {
        networks.push_back(architecture);
        values.push_back(price.value);
        for (const int half : {0, 1})
            halves[half].push_back(price.halves[half]);
        sums.push_back(sum);
        groups.push_back(static_cast<double>(count));
    }
};

/// Of at least one value. @param share of the values that are at most this one.
double quantile(std::vector<double> values, double share)
{
    std::ranges::sort(values);
    const double rank = std::ceil(share * static_cast<double>(values.size()));
    return values[static_cast<std::size_t>(std::max(1.0, rank)) - 1];
}

/// In % of what is true.
std::vector<double> errors_pct(const std::vector<double>& truth, const std::vector<double>& predicted)
{
    std::vector<double> errors;
    for (std::size_t i = 0; i < truth.size(); ++i)
        errors.push_back(100 * std::abs(predicted[i] - truth[i]) / truth[i]);
    return errors;
}

void judge_by(CalibratedModel& model, const std::vector<double>& truth, const std::vector<double>& predicted)
{
    const std::vector<double> errors = errors_pct(truth, predicted);
    model.within_10_pct = 100 * static_cast<double>(std::ranges::count_if(errors, [](double e) { return e <= 10; })) /
                          static_cast<double>(errors.size());
    model.median_error_pct = median(errors);
    model.p90_error_pct = quantile(errors, 0.9);
    model.spearman = regression::spearman_rho(truth, predicted);
    model.kendall = regression::kendall_tau(truth, predicted);
}

std::optional<Repeatability> repeatability(const Sample& judge)
{
    for (const std::vector<double>& half : judge.halves)
        if (half.empty() || std::ranges::any_of(half, [](double value) { return std::isnan(value); }))
            return std::nullopt;
    const double r = regression::spearman_rho(judge.halves[0], judge.halves[1]);
    return Repeatability{median(errors_pct(judge.halves[0], judge.halves[1])), r,
                         std::sqrt(std::max(0.0, 2 * r / (1 + r)))};
}

std::vector<double> rows_of(const Sample& sample)
{
    std::vector<double> rows;
    for (std::size_t i = 0; i < sample.values.size(); ++i)
        rows.insert(rows.end(), {sample.sums[i], sample.groups[i]});
    return rows;
}

void add_tables(Calibration& calibration, const Sample& fit, const Sample& judge, const std::string& metric)
{
    CalibratedModel model{.name = "table",
                          .use = "layer_table",
                          .file = kGroupTable,
                          .options = fmt::format("column: {}, as: {}", metric, metric)};
    judge_by(model, judge.values, judge.sums);
    calibration.models.push_back(model);

    regression::RegressorSettings settings;
    settings.alpha = kNoPenalty;
    settings.scale_targets = false;
    const auto least_squares = regression::make_regressor("ridge", settings);
    const std::vector<double> fit_rows = rows_of(fit), judge_rows = rows_of(judge);
    least_squares->fit({fit_rows, 2}, fit.values);
    std::vector<double> predicted(judge.values.size());
    least_squares->predict({judge_rows, 2}, predicted);
    const regression::Model& fitted = least_squares->model();
    if (fitted.weights.empty())
        return;  // all cost the same
    model.name = "corrected table";
    model.options += fmt::format(", scale: {}, per_group: {}, constant: {}", report::rounded(fitted.weights[0]),
                                 report::rounded(fitted.weights[1]), report::rounded(fitted.intercept));
    judge_by(model, judge.values, predicted);
    calibration.models.push_back(std::move(model));
}

std::string lesson_options(const PriceLesson& lesson, const std::string& metric, const std::string& how)
{
    return fmt::format("column: {}, as: {}, samples: {}{}", metric, metric, lesson.fit.size(), how);
}

void add_learnt(Calibration& calibration, const SearchSpace& space, const Sample& fit, const Sample& judge,
                const std::string& metric, const PriceLearner& learner)
{
    for (const auto& [name, how] :
         {std::pair{"predicted, ridge", ", model: ridge, features: masked"}, std::pair{"predicted", ""}}) {
        PriceLesson lesson{.name = name, .options = {}, .fit = {}, .judge = judge.networks};
        for (std::size_t i = 0; i < fit.networks.size(); ++i)
            lesson.fit.emplace(space.text(fit.networks[i]), fit.values[i]);
        lesson.options = lesson_options(lesson, metric, how);
        try {
            const std::vector<double> predicted = learner(lesson);
            for (std::size_t i = 0; i < judge.networks.size(); ++i)  // what is pasted learns from all
                lesson.fit.emplace(space.text(judge.networks[i]), judge.values[i]);
            CalibratedModel model{
                .name = name, .use = kPredicted, .file = kNetworkTable, .options = lesson_options(lesson, metric, how)};
            judge_by(model, judge.values, predicted);
            calibration.models.push_back(std::move(model));
        } catch (const Error& error) {
            calibration.notes.push_back(fmt::format("'{}' is left out: {}", name, error.what()));
        }
    }
}

std::string component(const std::string& use, const std::filesystem::path& file, const std::string& options)
{
    return fmt::format("{{use: {}, file: {}, {}}}", use, OptionTraits<std::filesystem::path>::shown(file), options);
}

}  // namespace

std::string to_yaml(const PriceLesson& lesson, const std::filesystem::path& file)
{
    return component(kPredicted, file, lesson.options);
}

std::string to_yaml(const CalibratedModel& model, const std::filesystem::path& folder)
{
    return component(model.use, folder / model.file, model.options);
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
                      const std::string& metric, const PriceLearner& learner)
{
    Calibration calibration;
    Sample samples[2];
    std::set<std::string> missing;
    std::size_t without_error = 0;
    for (const Architecture& architecture : plan.networks) {
        const auto found = priced.networks.find(space.text(architecture));
        if (found == priced.networks.end())
            continue;
        if (!(found->second.value > 0)) {
            ++without_error;
            continue;
        }
        double sum = 0;
        const std::vector<LayerGroup> groups = layer_groups(space.network(Region(architecture)));
        for (const LayerGroup& group : groups)
            if (const auto cost = priced.groups.find(group.key); cost != priced.groups.end())
                sum += cost->second.value;
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
            fmt::format("{} a {} above 0, and {} are needed: ask for more --networks, or give it a larger --budget",
                        report::counted(calibration.fitted + calibration.judged, "network has", "networks have"),
                        metric, kLeastNetworks));
    if (without_error > 0)
        calibration.notes.push_back(fmt::format("of {} {} is not above 0, so that no error is a percentage: left out",
                                                report::counted(without_error, "network", "networks"), metric));
    if (missing.empty())
        add_tables(calibration, fit, judge, metric);
    else
        calibration.notes.push_back(fmt::format(
            "the table is not whole: {} no price, the first is '{}'; they failed, or were not "
            "asked for within the --budget",
            report::counted(missing.size(), "group of layers has", "groups of layers have"), *missing.begin()));
    add_learnt(calibration, space, fit, judge, metric, learner);
    calibration.repeatability = repeatability(judge);
    if (calibration.models.empty())
        throw Error(fmt::format("no cost model could be judged: {}", fmt::join(calibration.notes, "; ")));
    const auto best = std::ranges::min_element(calibration.models, {}, &CalibratedModel::p90_error_pct);
    calibration.recommended = static_cast<std::size_t>(best - calibration.models.begin());
    if (!(best->spearman >= kOrdersWell))
        calibration.notes.push_back(
            fmt::format("'{}' orders these networks badly: a search that follows it may be "
                        "misled; measure more, or on a quieter device",
                        best->name));
    return calibration;
}

report::Table calibration_table(const Calibration& calibration, const std::optional<std::filesystem::path>& folder)
{
    report::Table table{{"model", "median_error_pct", "p90_error_pct", "within_10_pct", "spearman", "kendall", "mark"},
                        {}};
    if (folder)
        table.columns.emplace_back("yaml");
    for (std::size_t i = 0; i < calibration.models.size(); ++i) {
        const CalibratedModel& model = calibration.models[i];
        table.rows.push_back({model.name, model.median_error_pct, model.p90_error_pct, model.within_10_pct,
                              report::if_defined(model.spearman), report::if_defined(model.kendall),
                              std::string(i == calibration.recommended ? "recommended" : "")});
        if (folder)
            table.rows.back().emplace_back(to_yaml(model, *folder));
    }
    return table;
}

PriceAgreement agreement(const std::vector<double>& first, const std::vector<double>& second)
{
    std::vector<double> factors;
    for (std::size_t i = 0; i < first.size(); ++i)
        factors.push_back(second[i] / first[i]);
    PriceAgreement found{.factor = median(std::move(factors))};
    std::vector<double> level = second;
    for (double& price : level)
        price /= found.factor;
    const std::vector<double> differences = errors_pct(first, level);
    found.median_difference_pct = median(differences);
    found.p90_difference_pct = quantile(differences, 0.9);
    found.spearman = regression::spearman_rho(first, second);
    return found;
}

}  // namespace espalier::host
