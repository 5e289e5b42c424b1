// SPDX-License-Identifier: Apache-2.0
#include "predicted.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "espalier/error.hpp"
#include "espalier/regression/conformal.hpp"
#include "espalier/sdk/csv.hpp"
#include "espalier/sdk/scale.hpp"
#include "espalier/sdk/units.hpp"

#include "learning.hpp"

namespace espalier::predicted {
namespace {

constexpr double kWithinOneDeviation = 0.6826894921370859;  // of a normal distribution
constexpr std::size_t kFewest = 10;

const SearchSpace& space_of(const Setup& setup)
{
    if (!setup.space)
        throw Error("`predicted` needs a search space: it learns from networks of it");
    return *setup.space;
}

std::vector<std::string> with_auto(std::vector<std::string> names)
{
    if (std::ranges::find(names, "auto") == names.end())
        names.emplace_back("auto");
    return names;
}

std::vector<std::string> features_known()
{
    std::vector<std::string> names = with_auto(regression::feature_kind_names());
    names.insert(names.end(), {Member::kNetwork, Member::kCountsNetwork});
    return names;
}

/// @param fewest values that must be there
std::vector<OptionError> wrong_file(const Predicted::Options& options, const SearchSpace& space, std::size_t fewest)
{
    std::vector<std::string> names;
    try {
        names = csv_header(options.file);
    } catch (const Error& error) {
        return {OptionError("file", error.what())};
    }
    std::vector<OptionError> wrong;
    for (const auto& [option, column] : {std::pair{"column", options.column}, {"arch_column", options.arch_column}})
        if (std::ranges::find(names, column) == names.end())
            wrong.emplace_back(option,
                               "no column '" + column + "' in " + options.file.string() + suggestion(column, names));
    if (std::optional<OptionError> scale = wrong_scale(wrong.empty() ? options.column : "", options.as, options.scale))
        wrong.push_back(std::move(*scale));
    if (!wrong.empty())
        return wrong;
    try {
        const Examples rows = examples_in(options.file, options.column, options.arch_column, options.scale, space);
        const auto known = std::ranges::count_if(rows.all(), [](const Example& row) { return row.value.has_value(); });
        if (static_cast<std::size_t>(known) < fewest)
            wrong.emplace_back("file", options.file.string() + ": has " + std::to_string(known) + " values of " +
                                           options.column + ", it takes " + std::to_string(fewest) + " to learn from" +
                                           (rows.all().empty() || rows.all().back().value
                                                ? ""
                                                : "; of the last row: " + rows.all().back().reason));
    } catch (const Error& error) {
        wrong.emplace_back("file", error.what());
    }
    return wrong;
}

/// Nobody listens.
class Aside final : public Context {
public:
    bool stopped() const override { return false; }
    void note(std::string_view, double) override {}
    void phase(std::string_view, Phase&) override { throw Error("a price may not take phases"); }
};

/// Why a cost model that answers at once prices none of many random networks; empty: it does price some, or gives
/// several reasons.
std::string refusal(CostModel& cost, const std::string& metric, const SearchSpace& space)
{
    constexpr int kTried = 1000;
    Aside context;
    Rng rng(1, "price check");
    const Region all(space.decisions());
    std::string reason;
    try {
        for (int i = 0; i < kTried; ++i) {
            const Candidate candidate(space, random_architecture(all, rng));
            const std::vector<Evaluation> answers = cost.evaluate({&candidate, 1}, context);
            if (answers.size() != 1)
                return "";
            const Example example = example_of(candidate, "", answers.front(), metric);
            if (example.value || (i > 0 && example.reason != reason))
                return "";
            reason = example.reason;
        }
    } catch (const Error& error) {
        return error.what();
    }
    return "prices none of " + std::to_string(kTried) + " random architectures: " + reason;
}

std::string listed(const std::vector<std::string>& names)
{
    return std::accumulate(names.begin(), names.end(), std::string(), [](const std::string& list, const auto& name) {
        return list.empty() ? name : list + ", " + name;
    });
}

}  // namespace

void Predicted::Options::describe(Describe<Options>& d)
{
    d("of", &Options::of, "the cost model that is learnt");
    d("metric", &Options::metric, "which of its metrics; empty: the only one that it gives");
    d("file", &Options::file,
      "instead of `of`: CSV with a header line, also .gz or .xz; one row a network that was measured");
    d("column", &Options::column, "of `file`: the column with the numbers");
    d("arch_column", &Options::arch_column, "of `file`: the column with the architectures in the space's text form");
    d("scale", &Options::scale, "of `file`: factor from the column's unit to the metric's").added_later();
    d("as", &Options::as, "name of the metric, with its unit; empty: that of what is learnt");
    d("samples", &Options::samples, "different random networks that are learnt from; of `file` at most so many rows")
        .range(10, 10'000);
    d("model", &Options::model, "the regressor; auto: those that cross-validation prefers, weighed")
        .one_of(regression::regressor_names());
    d("features", &Options::features,
      "what a regressor is told: options one-hot (plain, masked, masked_depth), and pairs of them (pairwise), how "
      "often "
      "each was taken (counts), all of these (levels), layers, multiply-adds and bytes of the network (network), "
      "these beside counts (counts_network); auto: "
      "those that cross-validation prefers")
        .one_of(features_known());
    d("confidence", &Options::confidence,
      "0: the metric is the prediction; else what the true value is at most with this probability: 0.95 for a "
      "constraint with `max`, 0.05 for one with `min`")
        .range(0, 0.999);
    d("folds", &Options::folds, "of the cross-validation; never more than networks").range(2, 1000);
    d("seed", &Options::seed, "of the networks that are learnt from, and of the folds");
}

Predicted::Predicted(const Options& options, const Setup& setup)
    : options_{options},
      space_{space_of(setup)},
      learnt_{space_,
              {options.model, options.features, options.folds, options.seed},
              [this](const Candidate& c) -> const Architecture& { return genome(c); }}
{
    std::vector<OptionError> wrong;
    std::string learns = options_.column;
    if (bool(options_.of) != options_.file.empty()) {
        wrong.emplace_back("of", options_.of ? "and `file` are both given; it learns one of them"
                                             : "is missing: name a cost model that is learnt, or a `file`");
    } else if (options_.of) {
        of_ = setup.make(options_.of);
        if (of_->trains())
            wrong.emplace_back("of", "has to learn first itself; only what needs no training can be learnt");
        if (options_.scale != 1)
            wrong.emplace_back("scale", "is for numbers in a `file`; a cost model has its own units");
        const std::vector<std::string> given = of_->metrics();
        learns = options_.metric.empty() && given.size() == 1 ? given.front() : options_.metric;
        if (std::ranges::find(given, learns) == given.end())
            wrong.emplace_back("metric", "the cost model gives " + listed(given) +
                                             (learns.empty() ? ": say which" : ", not '" + learns + "'"));
    } else {
        wrong = wrong_file(options_, space_, fewest());
    }
    options_.metric = learns;
    if (options_.as.empty())
        options_.as = learns;
    else if (wrong.empty() && of_ && unit_of(options_.as) != unit_of(learns))
        wrong.emplace_back("as", "'" + options_.as + "' has another unit than '" + learns + "', which is learnt");
    if (static_cast<std::size_t>(options_.samples) < fewest())
        wrong.emplace_back("samples", "are too few for confidence " + std::to_string(options_.confidence) + ": " +
                                          std::to_string(fewest()) + " at least");
    if (wrong.empty() && of_ && !of_->slow() && !of_->measures())
        if (std::string why = refusal(*of_, options_.metric, space_); !why.empty())
            wrong.emplace_back("of", std::move(why));
    if (!wrong.empty())
        throw OptionErrors(std::move(wrong));
    deviation_ = deviation_metric(options_.as);
}

Predicted::~Predicted() = default;

std::vector<Evaluation> Predicted::evaluate(std::span<const Candidate> batch, Context&)
{
    if (!ready_)
        throw Error("`predicted` was asked before it learnt");
    std::vector<Evaluation> results;
    results.reserve(batch.size());
    std::vector<Candidate> whole;
    for (const Candidate& candidate : batch)
        if (candidate.space())
            whole.push_back(candidate);
    const std::vector<double> predicted = whole.empty() ? std::vector<double>{} : learnt_.predict(whole);
    std::size_t next = 0;
    for (const Candidate& candidate : batch) {
        if (!candidate.space()) {
            results.push_back(failed({}, "`predicted` knows whole networks of its space, not single operators"));
            continue;
        }
        results.push_back({.architecture = candidate.architecture(),
                           .metrics = {{options_.as, predicted[next++] + shift_}, {deviation_, spread_}},
                           .status = Status::ok,
                           .reason = {}});
    }
    return results;
}

std::string Predicted::key(const Candidate& candidate) const
{
    if (of_)
        return of_->key(candidate);
    return candidate.space() ? to_string(candidate.architecture()) : candidate.key();
}

/// A cost model that tells architectures of one network apart is learnt as it is: they may cost different things.
const Architecture& Predicted::genome(const Candidate& candidate) const
{
    return key(candidate) == candidate.key() ? candidate.canonical() : candidate.architecture();
}

std::unique_ptr<Phase> Predicted::training(const Region& region, Sampler paths)
{
    if (!paths)
        paths = [region](Rng& rng) { return random_architecture(region, rng); };
    return std::make_unique<Learning>(*this, std::move(paths));
}

std::size_t Predicted::fewest() const
{
    if (options_.confidence == 0)
        return kFewest;
    return std::max(kFewest, regression::fewest_for(std::max(options_.confidence, 1 - options_.confidence)));
}

LearntCost::Quality Predicted::learn(const Examples& examples)
{
    std::vector<Candidate> candidates;
    std::vector<double> values;
    std::string reason;
    for (const Example& example : examples.all()) {
        if (!example.value) {
            reason = example.reason;
            continue;
        }
        candidates.emplace_back(space_, example.architecture);
        values.push_back(*example.value);
    }
    if (values.size() < fewest())
        throw Error("`predicted` has " + std::to_string(values.size()) + " values of " + options_.metric +
                    " to learn from, and needs " + std::to_string(fewest()) + "; " +
                    std::to_string(examples.size() - values.size()) + " of " + std::to_string(examples.size()) +
                    " networks have none" + (reason.empty() ? "" : ", the last because: " + reason));
    const LearntCost::Quality quality = learnt_.learn(candidates, values);
    std::vector<double> distances;
    for (const double residual : learnt_.residuals())
        distances.push_back(std::abs(residual));
    spread_ = regression::conformal_upper(distances, kWithinOneDeviation);
    const double p = options_.confidence;
    if (p > 0)
        shift_ = p < 0.5 ? regression::conformal_lower(learnt_.residuals(), 1 - p)
                         : regression::conformal_upper(learnt_.residuals(), p);
    ready_ = true;
    return quality;
}

}  // namespace espalier::predicted
