// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include "espalier/regression/metrics.hpp"

namespace espalier::regression {

/// Rows [begin, end) are left out.
struct Fold {
    std::size_t begin, end;
    std::size_t size() const { return end - begin; }
};

/// Contiguous blocks in row order; the first n mod k have one row more, as scikit-learn's `KFold` has it.
inline std::vector<Fold> contiguous_folds(std::size_t rows, int folds)
{
    const std::size_t k = std::min<std::size_t>(static_cast<std::size_t>(folds), rows);
    std::vector<Fold> made;
    for (std::size_t i = 0, begin = 0; i < k; ++i) {
        const std::size_t end = begin + rows / k + (i < rows % k ? 1 : 0);
        made.push_back({begin, end});
        begin = end;
    }
    return made;
}

/// One value of a hyper-parameter, as cross-validation found it.
struct Tuned {
    double value;
    double mape;                      ///< %, mean over the folds
    std::vector<double> out_of_fold;  ///< every row's prediction by the fit that did not see it
};

/// The value with the lowest mean MAPE over the folds, the first of equals. `predict(fold, values, out)` fits without
/// the fold, for every value, and writes the fold's predictions into `out[value]`.
template <typename Predict>
Tuned tuned(std::span<const double> values, std::span<const double> targets, int fold_count, Predict predict)
{
    const std::vector<Fold> folds = contiguous_folds(targets.size(), fold_count);
    std::vector<Tuned> all;
    all.reserve(values.size());
    for (const double value : values)
        all.push_back({value, 0, std::vector<double>(targets.size())});
    for (const Fold& fold : folds) {
        std::vector<std::span<double>> out;
        out.reserve(all.size());
        for (Tuned& one : all)
            out.push_back(std::span(one.out_of_fold).subspan(fold.begin, fold.size()));
        predict(fold, values, out);
        for (std::size_t i = 0; i < all.size(); ++i)
            all[i].mape += mape(targets.subspan(fold.begin, fold.size()), out[i]) / static_cast<double>(folds.size());
    }
    return *std::min_element(all.begin(), all.end(), [](const Tuned& a, const Tuned& b) { return a.mape < b.mape; });
}

}  // namespace espalier::regression
