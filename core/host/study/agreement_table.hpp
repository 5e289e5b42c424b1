// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <span>
#include <string>

#include "espalier/evaluation.hpp"
#include "espalier/report/table.hpp"

namespace espalier::host {

/// What `correlate` tells of every metric but `against`: one row for all evaluations that have both, one for those
/// among the best half by `against`, one for the best fifth (ties with the last one count in): metric, among, n, then
/// Spearman's rho, Kendall's tau-b, Pearson's r and the RMSE of `against` about its least-squares line on the metric,
/// each with its bootstrap standard error (200 resamples, fixed seed); in the first row also `best_20`, the mean of
/// `against` over the 20 that the metric says are best. Metrics with the strongest |rho| first. Only evaluations that
/// are ok count. An infinite metric has a rank, and no Pearson's r and RMSE.
report::Table agreement_table(std::span<const Evaluation>, const std::string& against, bool maximise);

}  // namespace espalier::host
