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

/// As a pointer to a member of the options that derive from these.
template <class Options, class Base, class T>
T Options::*member(T Base::*field)
{
    return field;
}

/// Describes the options above for those of a strategy that derive from them.
template <class Options>
void describe_prediction(Describe<Options>& d)
{
    using P = PredictionOptions;
    d("preset", member<Options>(&P::preset),
      "defaults of the options that say `preset`: ours, or paper for the rules of the reference implementation")
        .one_of({"ours", "paper"});
    d("population", member<Options>(&P::population), "members of the inner search, and architectures of a round")
        .range(2, 100'000)
        .symbol("P");
    d("inner_evaluations", member<Options>(&P::inner_evaluations), "predictions of an inner search")
        .range(1, 1e9)
        .symbol("G");
    d("optimiser", member<Options>(&P::optimiser), "searches the predictions")
        .one_of(moo::optimiser_names())
        .symbol("A");
    d("predictor", member<Options>(&P::predictor),
      "of every metric that is predicted; auto: ridge or svr_rbf, whichever cross-validation prefers")
        .one_of(regression::regressor_names());
    d("predictors", member<Options>(&P::predictors), "of single metrics, such as [top1_pct=svr_rbf, latency_ms=ridge]");
    d("grid", member<Options>(&P::grid), "of cross-validation: small: 7 values, full: 100 as the reference")
        .one_of({"small", "full"});
    d("features", member<Options>(&P::features),
      "of architectures: plain one-hot (paper), masked where inactive, masked_depth (ours) with switches once more, "
      "pairwise for small spaces")
        .one_of({"preset", "plain", "masked", "masked_depth", "pairwise"});
    d("costs", member<Options>(&P::costs),
      "that cost models give without measuring: exact (ours) as they are, predicted (paper) like any other")
        .one_of({"preset", "exact", "predicted"});
    d("operators", member<Options>(&P::operators),
      "of the inner search: discrete (ours), integer_05 (paper) or integer_06 as in pymoo")
        .one_of({"preset", "discrete", "integer_05", "integer_06"});
    d("crossover", member<Options>(&P::crossover), "probability that two parents are crossed")
        .range(0, 1)
        .symbol("p_c");
    d("mutation", member<Options>(&P::mutation),
      "probability of each decision: a number, or auto (ours): max(1 / active decisions, 0.02); paper: 0.02")
        .symbol("p_m");
}

}  // namespace espalier::linas
