// SPDX-License-Identifier: Apache-2.0
#include "linear_fit.hpp"

#include <numeric>

#include <Eigen/Cholesky>
#include <Eigen/Core>

namespace espalier::fusion {

LinearFit::LinearFit(std::span<const std::vector<double>> rows, std::span<const double> y, double ridge)
{
    const auto examples = static_cast<Eigen::Index>(rows.size());
    const auto columns = static_cast<Eigen::Index>(rows.empty() ? 0 : rows.front().size());
    Eigen::MatrixXd x(examples, columns + 1);
    x.col(0).setOnes();
    for (Eigen::Index i = 0; i < examples; ++i)
        x.row(i).tail(columns) =
            Eigen::Map<const Eigen::RowVectorXd>(rows[static_cast<std::size_t>(i)].data(), columns);
    const Eigen::Map<const Eigen::VectorXd> target(y.data(), examples);
    const Eigen::MatrixXd normal = x.transpose() * x + ridge * Eigen::MatrixXd::Identity(columns + 1, columns + 1);
    const Eigen::VectorXd w = normal.ldlt().solve(x.transpose() * target);
    weights_.assign(w.begin(), w.end());
}

double LinearFit::operator()(std::span<const double> x) const
{
    return std::inner_product(x.begin(), x.end(), weights_.begin() + 1, weights_.front());
}

}  // namespace espalier::fusion
