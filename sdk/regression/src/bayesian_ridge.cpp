// SPDX-License-Identifier: Apache-2.0
#include "bayesian_ridge.hpp"

#include <limits>

#include <Eigen/SVD>

#include "ridge.hpp"

namespace espalier::regression {

namespace {

using Eigen::Index;
using Eigen::VectorXd;

constexpr int kMostSweeps = 300;
constexpr double kTolerance = 1e-3;
constexpr double kPrior = 1e-6;  // shape and rate of both Gamma priors

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
    const Eigen::BDCSVD<Eigen::MatrixXd> svd(x, Eigen::ComputeThinU | Eigen::ComputeThinV);
    const Eigen::ArrayXd singular = svd.singularValues(), squared = singular.square();
    const VectorXd projected = svd.matrixU().transpose() * y;
    double noise = 1 / (y.squaredNorm() / n + std::numeric_limits<double>::epsilon()), weight = 1;

    const auto weights = [&]() -> VectorXd {
        return svd.matrixV() * (singular / (squared + weight / noise) * projected.array()).matrix();
    };
    VectorXd w, before;
    for (int sweep = 0; sweep < kMostSweeps; ++sweep) {
        w = weights();
        report.sweeps = sweep + 1;
        const double residual = (y - x * w).squaredNorm();
        const double effective = (noise * squared / (weight + noise * squared)).sum();
        weight = (effective + 2 * kPrior) / (w.squaredNorm() + 2 * kPrior);
        noise = (n - effective + 2 * kPrior) / (residual + 2 * kPrior);
        if (sweep > 0 && (w - before).lpNorm<1>() < kTolerance)
            break;
        before = w;
    }
    w = weights();
    report.noise_precision = noise;
    report.weight_precision = weight;
    Model model;
    model.weights.assign(w.data(), w.data() + w.size());
    model.intercept = target_mean - column_means.dot(w);
    return model;
}

}  // namespace espalier::regression
