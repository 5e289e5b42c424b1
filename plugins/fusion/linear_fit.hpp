// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <span>
#include <vector>

namespace espalier::fusion {

/// y = w_0 + sum_k w_k x_k by least squares: (X^T X + ridge I) w = X^T y, X with a leading column of ones.
class LinearFit {
public:
    /// @param rows one per example, all of the same length. @param ridge > 0.
    LinearFit(std::span<const std::vector<double>> rows, std::span<const double> y, double ridge);
    double operator()(std::span<const double> x) const;
    std::span<const double> weights() const { return weights_; }  ///< w_0, w_1, ...

private:
    std::vector<double> weights_;
};

}  // namespace espalier::fusion
