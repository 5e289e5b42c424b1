// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "espalier/regression/table_view.hpp"

namespace espalier::regression {

/// Which values cross-validation tries.
enum class Grid {
    small,  ///< alpha in {0.1, 0.2, 0.5, 1, 2, 5, 10}, C in {1, 2, 5, 10, 20, 50, 100}, linear SVR a hundredth of it
    wide,   ///< alpha in {1e-6, 1e-4, 1e-3, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100}, C in {1, 10, 100}
    full,   ///< alpha in {0.1, 0.2, ..., 10.0}, C in {1, 2, ..., 100}, linear SVR a hundredth of it
};

struct RegressorSettings {
    Grid grid = Grid::small;
    std::optional<double> alpha;  ///< ridge: this one, no search; > 0
    std::optional<double> c;      ///< SVR: this one, no search; > 0
    double epsilon = 0;           ///< SVR: errors up to this are none, in units of the scaled targets; >= 0
    std::optional<double> gamma;  ///< SVR-RBF: default 1 / columns; > 0
    int folds = 5;                ///< contiguous in row order, at least 2; never more than rows
    bool scale_targets = true;    ///< divide them by the power of ten that puts the largest between 10 and 100
};

/// What a fit made; every regressor here ends as
/// `intercept + weights . x + sum_j coefficients[j] exp(-gamma |x - vectors[j]|^2)`, in the targets' own units.
struct Model {
    double intercept = 0;
    std::vector<double> weights;             ///< one a column; empty: all 0
    double gamma = 0;                        ///< per squared distance
    std::vector<double> coefficients;        ///< one a support vector; may be empty
    std::vector<double> vectors;             ///< `[support vectors][columns]`
    std::vector<std::uint32_t> vector_rows;  ///< which row of the training data each of them was
};

/// What a fit chose.
struct FitReport {
    std::string regressor;                             ///< "ridge", "svr_rbf", ...; "constant" where the targets were
    double scale = 1;                                  ///< the targets were divided by it for the fit
    std::optional<double> alpha;                       ///< of ridge
    std::optional<double> c;                           ///< of SVR
    double noise_precision = 0, weight_precision = 0;  ///< of Bayesian ridge, of the scaled targets
    int sweeps = 0;                                    ///< of Bayesian ridge
    std::size_t left_out = 0;                          ///< rows in which a number was not finite
    std::optional<double> cv_mape;  ///< %, mean over folds, of what was chosen; not set: nothing was compared
};

/// Learns a number from examples. Deterministic.
class Regressor {
public:
    /// @throws Error if a setting is out of range.
    explicit Regressor(RegressorSettings settings);
    virtual ~Regressor();

    /// Forgets what it learnt before. Rows with a number that is not finite are left out. Equal targets give a
    /// constant, and fewer than 5 rows ridge with alpha 1, whatever the regressor.
    /// @throws Error if there is no row of finite numbers, or the sizes differ.
    void fit(Rows rows, std::span<const double> targets);
    /// @throws Error if nothing was fitted yet or the columns differ from the fitted ones.
    void predict(Rows rows, std::span<double> out) const;

    const Model& model() const { return model_; }
    const FitReport& report() const { return report_; }
    std::size_t columns() const { return columns_; }

protected:
    const RegressorSettings& settings() const { return settings_; }

private:
    void fit_finite(Rows rows, std::span<const double> targets);
    /// At least 5 rows, targets of magnitude 10 to 100, not all equal. Sets what it chose in `report`.
    virtual Model fit_scaled(Rows rows, std::span<const double> targets, FitReport& report) const = 0;

    RegressorSettings settings_;
    Model model_;
    FitReport report_;
    std::size_t columns_ = 0;
};

/// "ridge", "bayesian_ridge", "svr_rbf", "svr_linear", "stacked", "auto".
const std::vector<std::string>& regressor_names();
/// @throws Error if the name is unknown, naming the nearest, or a setting is out of range.
std::unique_ptr<Regressor> make_regressor(std::string_view name, const RegressorSettings& settings = {});

}  // namespace espalier::regression
