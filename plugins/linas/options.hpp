// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "espalier/moo/optimiser.hpp"
#include "espalier/option.hpp"
#include "espalier/regression/features.hpp"
#include "espalier/regression/regressor.hpp"

namespace espalier::linas {

/// How predictors are made and searched, as written in an experiment. "preset": as the option `preset` has it.
struct PredictionOptions {
    std::string preset = "ours";
    int population = 50, inner_evaluations = 20'000;
    std::string optimiser = "nsga2", predictor = "auto", grid = "small";
    std::vector<std::string> predictors = {};
    std::string features = "preset", costs = "preset", operators = "preset", mutation = "preset";
    double crossover = 0.9;
    static void describe(Describe<PredictionOptions>&);
};

/// The same with every preset carried out.
struct PredictionRules {
    bool paper = false;       ///< the preset is the paper's
    bool exact_costs = true;  ///< costs are asked for, not predicted
    regression::FeatureKind features = regression::FeatureKind::masked_depth;
    regression::RegressorSettings regressor;
    moo::Settings optimiser;
    std::size_t inner_evaluations = 0;
};

/// @throws OptionError for an optimiser that cannot have so many objectives, a mutation that is no probability, or an
/// entry of `predictors` that is not `metric=predictor`.
PredictionRules rules_of(const PredictionOptions& options, std::size_t objectives);

/// The predictor of a metric: as `predictors` says, else `predictor`. @throws OptionError as `rules_of`.
std::string predictor_of(const PredictionOptions& options, const std::string& metric);

/// What `text` means where "preset" stands for `ours` or `paper`.
const std::string& resolved(const std::string& text, const std::string& preset, const std::string& ours,
                            const std::string& paper);

}  // namespace espalier::linas
