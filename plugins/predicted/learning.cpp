// SPDX-License-Identifier: Apache-2.0
#include "learning.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "espalier/error.hpp"

namespace espalier::predicted {
namespace {

constexpr int kDrawsInVain = 1000;
constexpr std::size_t kQuickOnes = 50;  // of networks whose prices take no time, between two saves

}  // namespace

bool Predicted::Learning::step(Step& step)
{
    if (predicted_.of_)
        ask(step);
    else
        read_file();
    if (!complete())
        return true;
    note(step.context, predicted_.learn(examples_));
    return false;
}

void Predicted::Learning::ask(Step& step)
{
    std::vector<Candidate> batch;
    std::vector<std::string> keys;
    const std::size_t left = static_cast<std::size_t>(predicted_.options_.samples) - examples_.size();
    Examples drawn = examples_;
    for (std::size_t i = 0; i < std::min(left, per_step()); ++i) {
        batch.push_back(next(step.rng, drawn));
        keys.push_back(predicted_.key(batch.back()));
        drawn.add({batch.back().architecture(), keys.back(), {}, {}});
    }
    const std::vector<Evaluation> answers = predicted_.of_->evaluate(batch, step.context);
    if (answers.size() != batch.size())
        throw Error("the nested cost model gave " + std::to_string(answers.size()) + " evaluations for " +
                    std::to_string(batch.size()) + " candidates");
    if (step.context.stopped())  // what was cut short is no price
        throw Error("stopped while learning");
    for (std::size_t i = 0; i < batch.size(); ++i)
        examples_.add(example_of(batch[i], std::move(keys[i]), answers[i], predicted_.options_.metric));
}

Candidate Predicted::Learning::next(Rng& rng, const Examples& drawn) const
{
    for (int draw = 0; draw < kDrawsInVain; ++draw) {
        Candidate candidate(predicted_.space_, paths_(rng));
        if (!drawn.has(predicted_.key(candidate)))
            return candidate;
    }
    throw Error("`predicted` found no further network in " + std::to_string(kDrawsInVain) + " draws after " +
                std::to_string(drawn.size()) + ": ask for fewer `samples`");
}

void Predicted::Learning::read_file()
{
    const Options& options = predicted_.options_;
    const Examples rows =
        examples_in(options.file, options.column, options.arch_column, options.scale, predicted_.space_);
    std::vector<std::size_t> known;
    for (std::size_t row = 0; row < rows.size(); ++row)
        if (rows.all()[row].value)
            known.push_back(row);
    const std::size_t wanted = std::min(known.size(), static_cast<std::size_t>(options.samples));
    Rng rng(options.seed, "rows");
    choose(known, wanted, rng);
    known.resize(wanted);
    for (const std::size_t row : known)
        examples_.add(rows.all()[row]);
    for (const Example& row : rows.all())
        if (!row.value)
            examples_.add(row);
    read_ = true;
}

void Predicted::Learning::note(Context& context, const LearntCost::Quality& quality) const
{
    const std::string& metric = predicted_.options_.as;
    const auto tell = [&](const std::string& series, double value) {
        if (std::isfinite(value))
            context.note(series + " " + metric, value);
    };
    tell("mape", quality.mape);
    tell("within_10_pct", quality.within_10_pct);
    tell("spearman", quality.spearman);
    tell("kendall", quality.kendall);
    const auto without = std::ranges::count_if(examples_.all(), [](const Example& e) { return !e.value; });
    if (without > 0)
        tell("left out", static_cast<double>(without));
}

std::size_t Predicted::Learning::per_step() const
{
    return predicted_.of_->slow() ? std::max<std::size_t>(1, predicted_.of_->batch_size()) : kQuickOnes;
}

bool Predicted::Learning::complete() const
{
    return predicted_.of_ ? examples_.size() >= static_cast<std::size_t>(predicted_.options_.samples) : read_;
}

std::optional<std::size_t> Predicted::Learning::steps() const
{
    if (!predicted_.of_)
        return 1;
    return (static_cast<std::size_t>(predicted_.options_.samples) + per_step() - 1) / per_step();
}

void Predicted::Learning::save(const std::string& folder) const
{
    examples_.save(folder + "/examples.json");
}

void Predicted::Learning::load(const std::string& folder)
{
    examples_ = Examples::load(folder + "/examples.json");
    read_ = true;
    if (complete())
        predicted_.learn(examples_);
}

}  // namespace espalier::predicted
