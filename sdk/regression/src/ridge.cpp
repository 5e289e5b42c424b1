// SPDX-License-Identifier: Apache-2.0
#include "ridge.hpp"

#include <Eigen/Cholesky>

namespace espalier::regression {

namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

/// Solves (gram + alpha I) x = right.
VectorXd solve(MatrixXd gram, double alpha, const VectorXd& right)
{
    gram.diagonal().array() += alpha;
    const Eigen::LLT<MatrixXd> fast(gram);
    if (fast.info() == Eigen::Success)
        return fast.solve(right);
    return gram.ldlt().solve(right);  // an alpha that drowns in rounding
}

}  // namespace

/// The normal equations of some rows, centred by their own means.
struct Ridge::System {
    std::vector<Index> rows;  // of the dual form
    MatrixXd gram;
    VectorXd right;
    VectorXd row_mean;
    double target_mean;
};

Ridge::Ridge(Rows rows, std::span<const double> targets)
    : rows_{Eigen::Map<const RowMajor>(rows.values().data(), static_cast<Index>(rows.rows()),
                                       static_cast<Index>(rows.columns()))},
      targets_{Eigen::Map<const VectorXd>(targets.data(), static_cast<Index>(targets.size()))}
{
    column_means_ = rows_.colwise().mean();
    rows_.rowwise() -= column_means_.transpose();
    target_mean_ = targets_.mean();
    targets_.array() -= target_mean_;
    if (rows_.cols() <= rows_.rows()) {
        gram_ = MatrixXd::Zero(rows_.cols(), rows_.cols());
        gram_.selfadjointView<Eigen::Lower>().rankUpdate(rows_.transpose());
        projected_ = rows_.transpose() * targets_;
    } else {
        gram_ = rows_ * rows_.transpose();
    }
}

Ridge::System Ridge::without(Fold fold) const
{
    const Index n = rows_.rows(), begin = static_cast<Index>(fold.begin), size = static_cast<Index>(fold.size());
    const Index end = begin + size, rest = n - size;
    const double count = static_cast<double>(rest);
    System system;
    // all rows sum to zero, so the sum of some is minus the sum of the others
    system.row_mean = -rows_.middleRows(begin, size).colwise().sum().transpose() / count;
    system.target_mean = -targets_.segment(begin, size).sum() / count;
    if (rows_.cols() <= n) {
        system.gram = gram_;
        system.right = projected_;
        if (size > 0) {
            const auto left_out = rows_.middleRows(begin, size);
            system.gram.selfadjointView<Eigen::Lower>().rankUpdate(left_out.transpose(), -1);
            system.gram.selfadjointView<Eigen::Lower>().rankUpdate(system.row_mean, -count);
            system.right -=
                left_out.transpose() * targets_.segment(begin, size) + count * system.target_mean * system.row_mean;
        }
        return system;
    }
    for (Index i = 0; i < n; ++i)
        if (i < begin || i >= end)
            system.rows.push_back(i);
    system.gram = gram_(system.rows, system.rows);
    const VectorXd means = system.gram.colwise().mean();
    const double mean = means.mean();
    system.gram.colwise() -= means;
    system.gram.rowwise() -= means.transpose();
    system.gram.array() += mean;
    system.right = targets_(system.rows).array() - system.target_mean;
    return system;
}

Ridge::Line Ridge::solved(const System& system, double alpha) const
{
    Line line;
    const VectorXd solution = solve(system.gram, alpha, system.right);
    if (rows_.cols() <= rows_.rows()) {
        line.weights = solution;
    } else {  // w = Xc' (Xc Xc' + alpha I)^-1 yc, where the solution sums to zero, so that X' serves for Xc'
        line.weights = VectorXd::Zero(rows_.cols());
        for (std::size_t i = 0; i < system.rows.size(); ++i)
            line.weights += solution[static_cast<Index>(i)] * rows_.row(system.rows[i]).transpose();
    }
    line.intercept = system.target_mean - system.row_mean.dot(line.weights);
    return line;
}

Model Ridge::fit(double alpha) const
{
    const Line line = solved(without({0, 0}), alpha);
    Model model;
    model.weights.assign(line.weights.data(), line.weights.data() + line.weights.size());
    model.intercept = line.intercept + target_mean_ - column_means_.dot(line.weights);
    return model;
}

Tuned Ridge::tune(std::span<const double> alphas, int folds) const
{
    const VectorXd targets = targets_.array() + target_mean_;
    return tuned(alphas, {targets.data(), static_cast<std::size_t>(targets.size())}, folds,
                 [&](Fold fold, std::span<const double> values, std::span<std::span<double>> out) {
                     const System system = without(fold);
                     const auto left_out =
                         rows_.middleRows(static_cast<Index>(fold.begin), static_cast<Index>(fold.size()));
                     for (std::size_t i = 0; i < values.size(); ++i) {
                         const Line line = solved(system, values[i]);
                         Eigen::Map<VectorXd>(out[i].data(), left_out.rows()) =
                             (left_out * line.weights).array() + line.intercept + target_mean_;
                     }
                 });
}

}  // namespace espalier::regression
