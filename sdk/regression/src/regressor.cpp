// SPDX-License-Identifier: Apache-2.0
#include "espalier/regression/regressor.hpp"

#include <algorithm>
#include <cmath>

#include "espalier/error.hpp"

#include "ridge.hpp"

namespace espalier::regression {

namespace {

constexpr std::size_t kFewestRows = 5;  // for more than a ridge with alpha 1

void refuse_unless(bool fine, const std::string& setting, const std::string& allowed)
{
    if (!fine)
        throw Error(setting + " of a regressor must be " + allowed);
}

/// Puts the largest target between 10 and 100.
double scale_of(std::span<const double> targets)
{
    double largest = 0;
    for (const double target : targets)
        largest = std::max(largest, std::abs(target));
    return largest < 1e-300 ? 1 : std::pow(10.0, std::floor(std::log10(largest)) - 1);
}

void check(Rows rows, std::span<const double> targets)
{
    if (targets.empty() || rows.columns() == 0)
        throw Error("a regressor needs at least one row of at least one feature");
    if (rows.rows() != targets.size() || rows.values().size() != targets.size() * rows.columns())
        throw Error("a regressor got " + std::to_string(targets.size()) + " targets for " +
                    std::to_string(rows.rows()) + " rows");
}

/// Which rows have finite numbers only.
std::vector<std::uint32_t> finite_rows(Rows rows, std::span<const double> targets)
{
    const auto finite = [](double value) { return std::isfinite(value); };
    std::vector<std::uint32_t> found;
    for (std::uint32_t i = 0; i < targets.size(); ++i)
        if (finite(targets[i]) && std::ranges::all_of(rows[i], finite))
            found.push_back(i);
    if (found.empty())
        throw Error("a regressor needs at least one row of finite numbers");
    return found;
}

}  // namespace

Regressor::Regressor(RegressorSettings settings) : settings_{settings}
{
    const auto positive = [](const std::optional<double>& value) {
        return !value || (*value > 0 && *value < HUGE_VAL);
    };
    refuse_unless(positive(settings.alpha), "alpha", "above 0");
    refuse_unless(positive(settings.c), "C", "above 0");
    refuse_unless(positive(settings.gamma), "gamma", "above 0");
    refuse_unless(settings.epsilon >= 0 && settings.epsilon < HUGE_VAL, "epsilon", "0 or above");
    refuse_unless(settings.folds >= 2, "folds", "2 or more");
}

Regressor::~Regressor() = default;

void Regressor::fit(Rows rows, std::span<const double> targets)
{
    check(rows, targets);
    const std::vector<std::uint32_t> known = finite_rows(rows, targets);
    if (known.size() == targets.size())
        return fit_finite(rows, targets);
    std::vector<double> known_rows, known_targets;
    for (const std::uint32_t i : known) {
        known_rows.insert(known_rows.end(), rows[i].begin(), rows[i].end());
        known_targets.push_back(targets[i]);
    }
    fit_finite({known_rows, rows.columns()}, known_targets);
    for (std::uint32_t& row : model_.vector_rows)
        row = known[row];
    report_.left_out = targets.size() - known.size();
}

void Regressor::fit_finite(Rows rows, std::span<const double> targets)
{
    FitReport report;
    Model model;
    if (std::all_of(targets.begin(), targets.end(), [&](double target) { return target == targets.front(); })) {
        report.regressor = "constant";
        model.intercept = targets.front();
    } else {
        report.scale = settings_.scale_targets ? scale_of(targets) : 1;
        std::vector<double> scaled(targets.begin(), targets.end());
        for (double& target : scaled)
            target /= report.scale;
        if (targets.size() < kFewestRows) {
            report.regressor = "ridge";
            report.alpha = 1;
            model = Ridge(rows, scaled).fit(1);
        } else {
            model = fit_scaled(rows, scaled, report);
        }
        model.intercept *= report.scale;
        for (double& weight : model.weights)
            weight *= report.scale;
        for (double& coefficient : model.coefficients)
            coefficient *= report.scale;
    }
    model_ = std::move(model);
    report_ = std::move(report);
    columns_ = rows.columns();
}

void Regressor::predict(Rows rows, std::span<double> out) const
{
    if (columns_ == 0)
        throw Error("a regressor was asked to predict before it was fitted");
    if (rows.columns() != columns_ || rows.rows() != out.size())
        throw Error("a regressor fitted to " + std::to_string(columns_) + " columns was asked for " +
                    std::to_string(out.size()) + " predictions from " + std::to_string(rows.rows()) + " rows of " +
                    std::to_string(rows.columns()));
    const Eigen::Index columns = static_cast<Eigen::Index>(columns_);
    const Eigen::Map<const Eigen::VectorXd> weights(model_.weights.data(),
                                                    static_cast<Eigen::Index>(model_.weights.size()));
    for (std::size_t i = 0; i < out.size(); ++i) {
        const Eigen::Map<const Eigen::VectorXd> row(rows[i].data(), columns);
        double sum = model_.intercept;
        if (!model_.weights.empty())
            sum += weights.dot(row);
        for (std::size_t j = 0; j < model_.coefficients.size(); ++j) {
            const Eigen::Map<const Eigen::VectorXd> vector(&model_.vectors[j * columns_], columns);
            sum += model_.coefficients[j] * std::exp(-model_.gamma * (row - vector).squaredNorm());
        }
        out[i] = sum;
    }
}

}  // namespace espalier::regression
