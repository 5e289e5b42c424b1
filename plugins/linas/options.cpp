// SPDX-License-Identifier: Apache-2.0
#include "options.hpp"

#include <algorithm>

#include "espalier/error.hpp"

namespace espalier::linas {
namespace {

std::optional<double> mutation_of(const std::string& text)
{
    if (text == "auto")
        return std::nullopt;
    const std::optional<double> value = moo::probability_in(text);
    if (!value)
        throw OptionError("mutation", "'" + text + "' is neither `preset`, `auto` nor a probability, 0 to 1");
    return value;
}

}  // namespace

void PredictionOptions::describe(Describe<PredictionOptions>& d)
{
    using P = PredictionOptions;
    d("preset", &P::preset,
      "defaults of the options that say `preset`: ours, or paper for the rules of the reference implementation")
        .one_of({"ours", "paper"});
    d("population", &P::population, "members of the inner search, and architectures of a round")
        .range(2, 100'000)
        .symbol("P");
    d("inner_evaluations", &P::inner_evaluations, "predictions of an inner search").range(1, 1e9).symbol("G");
    d("optimiser", &P::optimiser, "searches the predictions").one_of(moo::optimiser_names()).symbol("A");
    d("predictor", &P::predictor,
      "of every metric that is predicted; auto: ridge or svr_rbf, whichever cross-validation prefers")
        .one_of(regression::regressor_names());
    d("predictors", &P::predictors, "of single metrics, such as [top1_pct=svr_rbf, latency_ms=ridge]");
    d("grid", &P::grid, "of cross-validation: small: 7 values, full: 100 as the reference").one_of({"small", "full"});
    d("features", &P::features,
      "of architectures: plain one-hot (paper), masked where inactive, masked_depth (ours) with switches once more, "
      "pairwise for small spaces")
        .one_of({"preset", "plain", "masked", "masked_depth", "pairwise"});
    d("costs", &P::costs,
      "that cost models give without measuring: exact (ours) as they are, predicted (paper) like any other")
        .one_of({"preset", "exact", "predicted"});
    d("operators", &P::operators, "of the inner search: discrete (ours), integer_05 (paper) or integer_06 as in pymoo")
        .one_of({"preset", "discrete", "integer_05", "integer_06"});
    d("crossover", &P::crossover, "probability that two parents are crossed").range(0, 1).symbol("p_c");
    d("mutation", &P::mutation,
      "probability of each decision: a number, or auto (ours): max(1 / active decisions, 0.02); paper: 0.02")
        .symbol("p_m");
}

const std::string& resolved(const std::string& text, const std::string& preset, const std::string& ours,
                            const std::string& paper)
{
    if (text != "preset")
        return text;
    return preset == "paper" ? paper : ours;
}

PredictionRules rules_of(const PredictionOptions& options, std::size_t objectives)
{
    PredictionRules rules;
    const auto as = [&](const std::string& text, const std::string& ours, const std::string& paper) {
        return resolved(text, options.preset, ours, paper);
    };
    rules.paper = options.preset == "paper";
    rules.exact_costs = as(options.costs, "exact", "predicted") == "exact";
    rules.features = regression::feature_kind(as(options.features, "masked_depth", "plain"));
    rules.regressor.grid = options.grid == "full" ? regression::Grid::full : regression::Grid::small;
    rules.inner_evaluations = static_cast<std::size_t>(options.inner_evaluations);
    rules.optimiser.population = static_cast<std::size_t>(options.population);
    rules.optimiser.variation.operators = moo::operators_named(as(options.operators, "discrete", "integer_05"));
    rules.optimiser.variation.crossover = options.crossover;
    rules.optimiser.variation.mutation = mutation_of(as(options.mutation, "auto", "0.02"));
    try {
        moo::check_settings(options.optimiser, objectives, rules.optimiser);
    } catch (const Error& error) {
        throw OptionError("optimiser", error.what());
    }
    return rules;
}

std::string predictor_of(const PredictionOptions& options, const std::string& metric)
{
    std::string found = options.predictor;
    for (std::size_t i = 0; i < options.predictors.size(); ++i) {
        const std::string& entry = options.predictors[i];
        const std::size_t equals = entry.find('=');
        const std::string kind = equals == std::string::npos ? "" : entry.substr(equals + 1);
        if (std::ranges::find(regression::regressor_names(), kind) == regression::regressor_names().end())
            throw OptionError("predictors." + std::to_string(i),
                              "'" + entry + "' is not a metric, `=` and a predictor, such as top1_pct=svr_rbf");
        if (entry.substr(0, equals) == metric)
            found = kind;
    }
    return found;
}

}  // namespace espalier::linas
