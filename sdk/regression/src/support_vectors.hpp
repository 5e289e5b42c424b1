// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <span>
#include <vector>

#include <Eigen/Core>
#include <libsvm/svm.h>

#include "espalier/regression/regressor.hpp"

#include "cross_validation.hpp"

namespace espalier::regression {

/// Epsilon-insensitive support vector regression by libsvm, tolerance 1e-3, shrinking on, as scikit-learn's `SVR`. The
/// kernel's matrix is made once for all folds and all C. libsvm stops after 10,000,000 steps (100 x rows if that is
/// more), not after 1,000,000.
class SupportVectors {
public:
    enum class Kernel { rbf, linear };

    /// Refers to `rows`. @param gamma of rbf.
    SupportVectors(Rows rows, std::span<const double> targets, Kernel kernel, double gamma, double epsilon);

    /// Fits all rows.
    Model fit(double c) const;
    Tuned tune(std::span<const double> cs, int folds) const;

private:
    struct Expansion {
        std::vector<std::uint32_t> rows;
        std::vector<double> coefficients;
        double intercept;
    };
    Expansion solved(double c, Fold without) const;
    double kernel(std::size_t a, std::size_t b) const { return nodes_[a * stride_ + b + 1].value; }

    Rows rows_;
    std::span<const double> targets_;
    Kernel kernel_;
    double gamma_, epsilon_;
    std::size_t stride_;           // of nodes_: 1 + rows + an end
    std::vector<svm_node> nodes_;  // libsvm's form of a kernel matrix: [row][its number, from 1; its values; end]
};

}  // namespace espalier::regression
