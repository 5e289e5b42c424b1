// SPDX-License-Identifier: Apache-2.0
#include "bayesian_ridge.hpp"

#include <limits>

#include <Eigen/Eigenvalues>

#include "ridge.hpp"

namespace espalier::regression {

namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr int kMostSweeps = 300;
constexpr double kTolerance = 1e-3;
constexpr double kPrior = 1e-6;  // shape and rate of both Gamma priors

/// The weights for any penalty: those of X'X or X X', whichever is smaller, in its own axes.
class Solutions {
public:
    Solutions(const RowMajor& x, const VectorXd& y) : x_{x}, dual_{x.cols() > x.rows()}
    {
        const Eigen::SelfAdjointEigenSolver<MatrixXd> found(dual_ ? MatrixXd(x * x.transpose())
                                                                  : MatrixXd(x.transpose() * x));
        squared_ = found.eigenvalues().array().max(0);
        axes_ = found.eigenvectors();
        projected_ = dual_ ? VectorXd(axes_.transpose() * y) : VectorXd(axes_.transpose() * (x.transpose() * y));
    }
    /// The squares of X's singular values.
    const Eigen::ArrayXd& squared() const { return squared_; }
    VectorXd at(double penalty) const
    {
        const VectorXd solution = axes_ * (projected_.array() / (squared_ + penalty)).matrix();
        return dual_ ? VectorXd(x_.transpose() * solution) : solution;
    }

private:
    const RowMajor& x_;
    bool dual_;
    Eigen::ArrayXd squared_;
    MatrixXd axes_;
    VectorXd projected_;
};

}  // namespace

Model bayesian_ridge(Rows rows, std::span<const double> targets, FitReport& report)
{
    RowMajor x = Eigen::Map<const RowMajor>(rows.values().data(), static_cast<Index>(rows.rows()),
                                            static_cast<Index>(rows.columns()));
    VectorXd y = Eigen::Map<const VectorXd>(targets.data(), static_cast<Index>(targets.size()));
    const VectorXd column_means = x.colwise().mean();
    const double target_mean = y.mean();
    x.rowwise() -= column_means.transpose();
    y.array() -= target_mean;

    const double n = static_cast<double>(y.size());
    const Solutions solutions(x, y);
    const Eigen::ArrayXd& squared = solutions.squared();
    double noise = 1 / (y.squaredNorm() / n + std::numeric_limits<double>::epsilon()), weight = 1;

    VectorXd w, before;
    for (int sweep = 0; sweep < kMostSweeps; ++sweep) {
        w = solutions.at(weight / noise);
        report.sweeps = sweep + 1;
        const double residual = (y - x * w).squaredNorm();
        const double effective = (noise * squared / (weight + noise * squared)).sum();
        weight = (effective + 2 * kPrior) / (w.squaredNorm() + 2 * kPrior);
        noise = (n - effective + 2 * kPrior) / (residual + 2 * kPrior);
        if (sweep > 0 && (w - before).lpNorm<1>() < kTolerance)
            break;
        before = w;
    }
    w = solutions.at(weight / noise);
    report.noise_precision = noise;
    report.weight_precision = weight;
    Model model;
    model.weights.assign(w.data(), w.data() + w.size());
    model.intercept = target_mean - column_means.dot(w);
    return model;
}

}  // namespace espalier::regression
