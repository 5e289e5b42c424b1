// SPDX-License-Identifier: Apache-2.0
#include "options.hpp"

#include <algorithm>
#include <charconv>

#include "espalier/error.hpp"

namespace espalier::linas {
namespace {

std::optional<double> mutation_of(const std::string& text)
{
    if (text == "auto")
        return std::nullopt;
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || !(value >= 0 && value <= 1))
        throw OptionError("mutation", "'" + text + "' is neither `preset`, `auto` nor a probability, 0 to 1");
    return value;
}

}  // namespace

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
