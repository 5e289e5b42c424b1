// SPDX-License-Identifier: Apache-2.0
#include "learning.hpp"

#include <algorithm>
#include <cmath>

#include "espalier/error.hpp"

namespace espalier::fusion {

namespace {

constexpr int kDrawsInVain = 1000;

Evaluation answer(Evaluator& evaluator, const Candidate& candidate, Context& context)
{
    std::vector<Evaluation> given = evaluator.evaluate({&candidate, 1}, context);
    if (given.size() != 1)
        throw Error("the nested evaluator gave " + std::to_string(given.size()) + " evaluations for 1 candidate");
    return std::move(given.front());
}

}  // namespace

bool Fusion::Learning::step(Step& step)
{
    const Options& options = fusion_.options_;
    const auto wanted = static_cast<std::size_t>(options.reference);
    for (int i = 0; i < options.per_step && !complete(); ++i) {
        const bool labelled = reference_.size() == wanted;
        (labelled ? labelled_ : reference_).add(next(step, labelled));
    }
    if (complete())
        fusion_.learn(reference_, labelled_);
    return !complete();
}

std::optional<std::size_t> Fusion::Learning::steps() const
{
    const auto per_step = static_cast<std::size_t>(fusion_.options_.per_step);
    return (members() + per_step - 1) / per_step;
}

std::size_t Fusion::Learning::members() const
{
    const Options& options = fusion_.options_;
    return static_cast<std::size_t>(options.reference) +
           (fusion_.labels_ ? static_cast<std::size_t>(options.labelled) : 0);
}

bool Fusion::Learning::complete() const
{
    return reference_.size() + labelled_.size() == members();
}

/// A network that is in neither set, with its metrics. Those that cannot be evaluated are passed over.
Member Fusion::Learning::next(Step& step, bool labelled)
{
    std::string reason;
    for (int draw = 0; draw < kDrawsInVain; ++draw) {
        const Candidate candidate(fusion_.space_, paths_(step.rng));
        std::string key = fusion_.inner_->key(candidate);
        if (reference_.has(key) || labelled_.has(key))
            continue;
        if (step.context.stopped())
            throw Error("stopped while learning the reference set");
        if (std::optional<Metrics> metrics = measured(candidate, step.context, labelled))
            return {candidate.architecture(), std::move(key), std::move(*metrics)};
    }
    throw Error("the reference set of `fusion` found no further network in " + std::to_string(kDrawsInVain) +
                " draws after " + std::to_string(reference_.size() + labelled_.size()) +
                ": ask for a smaller `reference` or `labelled`");
}

std::optional<Metrics> Fusion::Learning::measured(const Candidate& candidate, Context& context, bool labelled)
{
    Evaluation seen = answer(*fusion_.inner_, candidate, context);
    if (!seen.ok() || !std::ranges::all_of(fusion_.options_.metrics, [&](const std::string& metric) {
            return fusion_.rankable(seen.metrics, metric);
        }))
        return std::nullopt;
    if (!labelled)
        return seen.metrics;
    const Evaluation label = fusion_.labels_->evaluate({&candidate, 1}, context).front();
    const auto value = label.metrics.find(fusion_.labels_->metrics().front());
    if (!label.ok() || value == label.metrics.end() || !std::isfinite(value->second))
        return std::nullopt;
    seen.metrics.insert(label.metrics.begin(), label.metrics.end());
    return seen.metrics;
}

void Fusion::Learning::save(const std::string& folder) const
{
    reference_.save(folder + "/reference.json");
    labelled_.save(folder + "/labelled.json");
}

void Fusion::Learning::load(const std::string& folder)
{
    reference_ = ReferenceSet::load(folder + "/reference.json");
    labelled_ = ReferenceSet::load(folder + "/labelled.json");
    if (complete())
        fusion_.learn(reference_, labelled_);
}

}  // namespace espalier::fusion
