// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "espalier/config.hpp"
#include "espalier/error.hpp"
#include "espalier/regression/regressor.hpp"

#include "bayesian_ridge.hpp"
#include "ridge.hpp"
#include "support_vectors.hpp"

namespace espalier::regression {

namespace {

std::vector<double> alphas(const RegressorSettings& settings)
{
    if (settings.alpha)
        return {*settings.alpha};
    if (settings.grid == Grid::small)
        return {0.1, 0.2, 0.5, 1, 2, 5, 10};
    if (settings.grid == Grid::wide)
        return {1e-6, 1e-4, 1e-3, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100};
    std::vector<double> all;
    for (int i = 1; i <= 100; ++i)
        all.push_back(i / 10.0);
    return all;
}

std::vector<double> cs(SupportVectors::Kernel kernel, const RegressorSettings& settings)
{
    if (settings.c)
        return {*settings.c};
    // Without the curvature of a kernel nothing is gained above C = 1, and the solver's steps grow with C.
    const double unit = kernel == SupportVectors::Kernel::linear ? 0.01 : 1;
    std::vector<double> all;
    if (settings.grid == Grid::small)
        for (const int c : {1, 2, 5, 10, 20, 50, 100})
            all.push_back(c * unit);
    else if (settings.grid == Grid::wide)
        for (const int c : {1, 10, 100})
            all.push_back(c * unit);
    else
        for (int c = 1; c <= 100; ++c)
            all.push_back(c * unit);
    return all;
}

SupportVectors support_vectors(Rows rows, std::span<const double> targets, SupportVectors::Kernel kernel,
                               const RegressorSettings& settings)
{
    const double gamma = settings.gamma.value_or(1 / static_cast<double>(rows.columns()));
    return {rows, targets, kernel, gamma, settings.epsilon};
}

/// Tunes a fitter over `values`; where there is one value only, it is taken unseen.
template <typename Fitter>
double best(const Fitter& fitter, const std::vector<double>& values, int folds, FitReport& report)
{
    if (values.size() == 1)
        return values.front();
    const Tuned found = fitter.tune(values, folds);
    report.cv_mape = found.mape;
    return found.value;
}

class RidgeRegressor final : public Regressor {
public:
    using Regressor::Regressor;

private:
    Model fit_scaled(Rows rows, std::span<const double> targets, FitReport& report) const override
    {
        const Ridge ridge(rows, targets);
        report.regressor = "ridge";
        report.alpha = best(ridge, alphas(settings()), settings().folds, report);
        return ridge.fit(*report.alpha);
    }
};

class BayesianRidgeRegressor final : public Regressor {
public:
    using Regressor::Regressor;

private:
    Model fit_scaled(Rows rows, std::span<const double> targets, FitReport& report) const override
    {
        report.regressor = "bayesian_ridge";
        return bayesian_ridge(rows, targets, report);
    }
};

template <SupportVectors::Kernel kernel>
class SupportVectorRegressor final : public Regressor {
public:
    using Regressor::Regressor;

private:
    Model fit_scaled(Rows rows, std::span<const double> targets, FitReport& report) const override
    {
        const SupportVectors vectors = support_vectors(rows, targets, kernel, settings());
        report.regressor = kernel == SupportVectors::Kernel::rbf ? "svr_rbf" : "svr_linear";
        report.c = best(vectors, cs(kernel, settings()), settings().folds, report);
        return vectors.fit(*report.c);
    }
};

/// A ridge (alpha 1) over the predictions of a ridge and an SVR-RBF, taught with their out-of-fold predictions; the two
/// are then fitted to all rows. scikit-learn's `StackingRegressor`, where alpha and C are given; where they are
/// searched for, out-of-fold predictions are those of the alpha and the C that were chosen on all folds.
class Stacked final : public Regressor {
public:
    using Regressor::Regressor;

private:
    Model fit_scaled(Rows rows, std::span<const double> targets, FitReport& report) const override
    {
        const Ridge ridge(rows, targets);
        const SupportVectors vectors = support_vectors(rows, targets, SupportVectors::Kernel::rbf, settings());
        const Tuned by_ridge = ridge.tune(alphas(settings()), settings().folds);
        const Tuned by_vectors = vectors.tune(cs(SupportVectors::Kernel::rbf, settings()), settings().folds);
        report.regressor = "stacked";
        report.alpha = by_ridge.value;
        report.c = by_vectors.value;

        std::vector<double> both;
        for (std::size_t i = 0; i < targets.size(); ++i)
            both.insert(both.end(), {by_ridge.out_of_fold[i], by_vectors.out_of_fold[i]});
        const Model last = Ridge({both, 2}, targets).fit(1);

        Model model = vectors.fit(by_vectors.value);
        const Model line = ridge.fit(by_ridge.value);
        model.intercept = last.intercept + last.weights[0] * line.intercept + last.weights[1] * model.intercept;
        for (const double weight : line.weights)
            model.weights.push_back(last.weights[0] * weight);
        for (double& coefficient : model.coefficients)
            coefficient *= last.weights[1];
        return model;
    }
};

/// Ridge or SVR-RBF, whichever has the lower cross-validated MAPE; ridge if they are equal.
class BetterOfTwo final : public Regressor {
public:
    using Regressor::Regressor;

private:
    Model fit_scaled(Rows rows, std::span<const double> targets, FitReport& report) const override
    {
        const Ridge ridge(rows, targets);
        const SupportVectors vectors = support_vectors(rows, targets, SupportVectors::Kernel::rbf, settings());
        const Tuned by_ridge = ridge.tune(alphas(settings()), settings().folds);
        const Tuned by_vectors = vectors.tune(cs(SupportVectors::Kernel::rbf, settings()), settings().folds);
        report.cv_mape = std::min(by_ridge.mape, by_vectors.mape);
        if (by_ridge.mape <= by_vectors.mape) {
            report.regressor = "ridge";
            report.alpha = by_ridge.value;
            return ridge.fit(by_ridge.value);
        }
        report.regressor = "svr_rbf";
        report.c = by_vectors.value;
        return vectors.fit(by_vectors.value);
    }
};

template <typename R>
std::unique_ptr<Regressor> make(const RegressorSettings& settings)
{
    return std::make_unique<R>(settings);
}

using Maker = std::unique_ptr<Regressor> (*)(const RegressorSettings&);
constexpr std::pair<const char*, Maker> kMakers[] = {
    {"ridge", make<RidgeRegressor>},
    {"bayesian_ridge", make<BayesianRidgeRegressor>},
    {"svr_rbf", make<SupportVectorRegressor<SupportVectors::Kernel::rbf>>},
    {"svr_linear", make<SupportVectorRegressor<SupportVectors::Kernel::linear>>},
    {"stacked", make<Stacked>},
    {"auto", make<BetterOfTwo>},
};

}  // namespace

const std::vector<std::string>& regressor_names()
{
    static const std::vector<std::string> names = [] {
        std::vector<std::string> all;
        for (const auto& [name, maker] : kMakers)
            all.emplace_back(name);
        return all;
    }();
    return names;
}

std::unique_ptr<Regressor> make_regressor(std::string_view name, const RegressorSettings& settings)
{
    for (const auto& [known, maker] : kMakers)
        if (name == known)
            return maker(settings);
    throw Error("regressor '" + std::string(name) + "' is unknown" + suggestion(name, regressor_names()));
}

}  // namespace espalier::regression
