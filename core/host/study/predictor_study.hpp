// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "espalier/regression/features.hpp"
#include "espalier/regression/regressor.hpp"
#include "espalier/report/table.hpp"
#include "espalier/search_space.hpp"

#include "host/study/examples.hpp"

namespace espalier::host {

/// How well predictors learn a metric from few networks: the protocol of "A Hardware-Aware Framework for Accelerating
/// Neural Architecture Search Across Modalities" (arXiv 2205.10358, section 4.1). In every trial some networks are set
/// aside for the test; predictors learn from the first 100, 200, ... of the others and are judged on those set aside.
struct PredictorStudy {
    std::vector<std::size_t> train;  ///< numbers of networks to learn from
    std::size_t test = 500;
    std::size_t trials = 100;
    std::vector<std::string> models;  ///< of `regression::regressor_names()`
    std::vector<regression::FeatureKind> features;
    regression::RegressorSettings settings;
    std::uint64_t seed = 1;

    std::size_t predictors() const { return trials * train.size() * features.size() * models.size(); }
};

/// What one predictor reached in one trial.
struct PredictorTrial {
    std::string model, features;
    std::size_t train, trial;  ///< trial from 0
    double
        mape;  ///< % of the test networks' values; NaN if any value of the study is 0, of which nothing is a percentage
    double rmse, kendall, spearman;
    std::string chosen;  ///< "alpha 0.5", "C 20", both of `stacked`
};

/// All predictors of a trial see the same networks; smaller training sets are the beginning of larger ones.
/// @param done called after each predictor, of which there are `predictors`, with how many there were; false: no more
/// are made. @return by trial.
/// @throws Error if there are fewer examples than the study needs.
std::vector<PredictorTrial> run_study(const SearchSpace&, const Examples&, const PredictorStudy&,
                                      const std::function<bool(std::size_t)>& done);

/// One row a model, kind of features and training size: means over the trials and their standard deviations (n - 1).
report::Table study_table(const std::vector<PredictorTrial>&);
/// One row a trial of each.
report::Table trial_table(const std::vector<PredictorTrial>&);

}  // namespace espalier::host
