// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <span>

#include <Eigen/Core>

#include "espalier/regression/regressor.hpp"

#include "cross_validation.hpp"

namespace espalier::regression {

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// Ridge regression: minimises |y - b - X w|^2 + alpha |w|^2, the intercept not penalised. Gram matrices are made once
/// for all folds and all alphas: X'X where columns are fewer than rows, else X X'.
class Ridge {
public:
    Ridge(Rows rows, std::span<const double> targets);

    /// Fits all rows.
    Model fit(double alpha) const;
    Tuned tune(std::span<const double> alphas, int folds) const;

private:
    struct System;
    struct Line {
        Eigen::VectorXd weights;
        double intercept;  // of the centred rows and targets
    };
    System without(Fold) const;
    Line solved(const System&, double alpha) const;

    // centred by the means of all rows, so that the folds' own means are small
    RowMajor rows_;
    Eigen::VectorXd targets_, column_means_, projected_;  // projected_: X'y
    double target_mean_;
    Eigen::MatrixXd gram_;
};

}  // namespace espalier::regression
