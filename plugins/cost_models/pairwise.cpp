// SPDX-License-Identifier: Apache-2.0
#include "pairwise.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "espalier/error.hpp"

namespace espalier::cost_models {
namespace {

constexpr std::size_t kMostFeatures = 3000;  // the factorisation is cubic: 3,000 take about ten seconds

/// Solves A x = b for a symmetric positive definite A, of which the lower triangle is given row by row and overwritten
/// by its Cholesky factor.
std::vector<double> solve(std::vector<double>& a, std::vector<double> b)
{
    const std::size_t n = b.size();
    for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t j = 0; j <= i; ++j) {
            const double* row_i = &a[i * n];
            const double* row_j = &a[j * n];
            const double rest = a[i * n + j] - std::inner_product(row_i, row_i + j, row_j, 0.0);
            a[i * n + j] = i == j ? std::sqrt(rest) : rest / row_j[j];
        }
    }
    for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t j = 0; j < i; ++j)
            b[i] -= a[i * n + j] * b[j];
        b[i] /= a[i * n + i];
    }
    for (std::size_t i = n; i-- > 0;) {
        for (std::size_t j = i + 1; j < n; ++j)
            b[i] -= a[j * n + i] * b[j];
        b[i] /= a[i * n + i];
    }
    return b;
}

}  // namespace

std::size_t PairwiseRidge::features(std::span<const Decision> decisions)
{
    std::size_t singles = 0, pairs = 0;
    for (const Decision& d : decisions) {
        pairs += singles * d.options.size();
        singles += d.options.size();
    }
    return singles + pairs;
}

PairwiseRidge::PairwiseRidge(std::span<const Decision> decisions, std::span<const Architecture> architectures,
                             std::span<const double> values, double penalty)
{
    const std::size_t size = features(decisions);
    if (size > kMostFeatures)
        throw Error("a pairwise fit would have " + std::to_string(size) + " features; at most " +
                    std::to_string(kMostFeatures) + " are allowed");
    std::size_t next = 0;
    for (const Decision& d : decisions) {
        options_.push_back(d.options.size());
        first_.push_back(next);
        next += d.options.size();
    }
    if (values.size() < next)
        throw Error("a pairwise fit needs at least " + std::to_string(next) + " values, one an option; there are " +
                    std::to_string(values.size()));
    for (std::size_t i = 0; i < options_.size(); ++i)
        for (std::size_t j = 0; j < i; ++j) {
            pairs_.push_back(next);
            next += options_[i] * options_[j];
        }

    mean_ = std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
    lowest_ = *std::min_element(values.begin(), values.end());
    highest_ = *std::max_element(values.begin(), values.end());
    std::vector<double> gram(size * size), moments(size);
    for (std::size_t i = 0; i < size; ++i)
        gram[i * size + i] = penalty;
    for (std::size_t sample = 0; sample < values.size(); ++sample) {
        const std::vector<std::size_t> here = present(architectures[sample]);
        for (std::size_t i = 0; i < here.size(); ++i) {
            moments[here[i]] += values[sample] - mean_;
            for (std::size_t j = 0; j <= i; ++j)  // `here` ascends: the lower triangle
                gram[here[i] * size + here[j]] += 1;
        }
    }
    weights_ = solve(gram, std::move(moments));
}

std::vector<std::size_t> PairwiseRidge::present(const Architecture& a) const
{
    std::vector<std::size_t> features;
    features.reserve(options_.size() + pairs_.size());
    for (std::size_t i = 0; i < options_.size(); ++i)
        features.push_back(first_[i] + a.choices[i]);
    std::size_t pair = 0;
    for (std::size_t i = 0; i < options_.size(); ++i)
        for (std::size_t j = 0; j < i; ++j, ++pair)
            features.push_back(pairs_[pair] + a.choices[i] * options_[j] + a.choices[j]);
    return features;
}

double PairwiseRidge::operator()(const Architecture& a) const
{
    double value = mean_;
    for (const std::size_t feature : present(a))
        value += weights_[feature];
    return std::clamp(value, lowest_, highest_);
}

}  // namespace espalier::cost_models
