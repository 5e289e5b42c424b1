// SPDX-License-Identifier: Apache-2.0
#include "support_vectors.hpp"

#include <algorithm>
#include <cmath>
#include <memory>

#include "ridge.hpp"

namespace espalier::regression {

namespace {

using Eigen::Index;

constexpr double kKktTolerance = 1e-3;
constexpr double kCacheMib = 200;

void say_nothing(const char*) {}

}  // namespace

SupportVectors::SupportVectors(Rows rows, std::span<const double> targets, Kernel kernel, double gamma, double epsilon)
    : rows_{rows},
      targets_{targets},
      kernel_{kernel},
      gamma_{gamma},
      epsilon_{epsilon},
      stride_{rows.rows() + 2},
      nodes_(rows.rows() * stride_)
{
    const Index n = static_cast<Index>(rows.rows());
    const Eigen::Map<const RowMajor> x(rows.values().data(), n, static_cast<Index>(rows.columns()));
    Eigen::MatrixXd values = Eigen::MatrixXd::Zero(n, n);
    values.selfadjointView<Eigen::Lower>().rankUpdate(x);
    if (kernel == Kernel::rbf) {
        const Eigen::VectorXd squares = values.diagonal();
        for (Index b = 0; b < n; ++b)
            for (Index a = b; a < n; ++a)
                values(a, b) = std::exp(-gamma * std::max(0.0, squares[a] + squares[b] - 2 * values(a, b)));
    }
    for (Index a = 0; a < n; ++a) {
        svm_node* node = &nodes_[static_cast<std::size_t>(a) * stride_];
        *node++ = {0, static_cast<double>(a + 1)};
        for (Index b = 0; b < n; ++b)
            *node++ = {static_cast<int>(b + 1), a >= b ? values(a, b) : values(b, a)};
        *node = {-1, 0};
    }
}

SupportVectors::Expansion SupportVectors::solved(double c, Fold without) const
{
    std::vector<double> targets;
    std::vector<svm_node*> rows;
    targets.reserve(targets_.size());
    rows.reserve(targets_.size());
    for (std::size_t i = 0; i < rows_.rows(); ++i) {
        if (i >= without.begin && i < without.end)
            continue;
        targets.push_back(targets_[i]);
        rows.push_back(const_cast<svm_node*>(&nodes_[i * stride_]));  // libsvm only reads
    }
    svm_parameter parameter{};
    parameter.svm_type = EPSILON_SVR;
    parameter.kernel_type = PRECOMPUTED;
    parameter.cache_size = kCacheMib;
    parameter.eps = kKktTolerance;
    parameter.C = c;
    parameter.p = epsilon_;
    parameter.shrinking = 1;
    const svm_problem problem{static_cast<int>(rows.size()), targets.data(), rows.data()};
    svm_set_print_string_function(say_nothing);
    const auto release = [](svm_model* model) { svm_free_and_destroy_model(&model); };
    const std::unique_ptr<svm_model, decltype(release)> model(svm_train(&problem, &parameter), release);
    Expansion expansion;
    for (int i = 0; i < model->l; ++i) {
        expansion.rows.push_back(static_cast<std::uint32_t>(model->SV[i][0].value) - 1);
        expansion.coefficients.push_back(model->sv_coef[0][i]);
    }
    expansion.intercept = -model->rho[0];
    return expansion;
}

Model SupportVectors::fit(double c) const
{
    const Expansion expansion = solved(c, {0, 0});
    Model model;
    model.intercept = expansion.intercept;
    if (kernel_ == Kernel::linear) {
        model.weights.assign(rows_.columns(), 0.0);
        for (std::size_t j = 0; j < expansion.rows.size(); ++j) {
            const std::span<const double> vector = rows_[expansion.rows[j]];
            for (std::size_t column = 0; column < vector.size(); ++column)
                model.weights[column] += expansion.coefficients[j] * vector[column];
        }
        return model;
    }
    model.gamma = gamma_;
    model.coefficients = expansion.coefficients;
    model.vector_rows = expansion.rows;
    for (const std::uint32_t row : expansion.rows)
        model.vectors.insert(model.vectors.end(), rows_[row].begin(), rows_[row].end());
    return model;
}

Tuned SupportVectors::tune(std::span<const double> cs, int folds) const
{
    return tuned(cs, targets_, folds, [&](Fold fold, std::span<const double> values, std::span<std::span<double>> out) {
        for (std::size_t i = 0; i < values.size(); ++i) {
            const Expansion expansion = solved(values[i], fold);
            for (std::size_t row = fold.begin; row < fold.end; ++row) {
                double sum = expansion.intercept;
                for (std::size_t j = 0; j < expansion.rows.size(); ++j)
                    sum += expansion.coefficients[j] * kernel(row, expansion.rows[j]);
                out[i][row - fold.begin] = sum;
            }
        }
    });
}

}  // namespace espalier::regression
