// SPDX-License-Identifier: Apache-2.0
#include "one_shot_predictor.hpp"

#include <algorithm>
#include <string>

#include "espalier/error.hpp"
#include "espalier/moo/dominance.hpp"

namespace espalier::linas {

void OneShotPredictor::Options::describe(Describe<Options>& d)
{
    d("samples", &Options::samples, "random architectures that the predictors learn from; fewer than the budget")
        .range(1, 1e9)
        .symbol("N");
    d.include<PredictionOptions>();
}

OneShotPredictor::OneShotPredictor(const Options& options, const Setup& setup)
    : options_{options},
      rules_{rules_of(options, std::max<std::size_t>(1, setup.objectives.size()))},
      targets_{Targets::of(setup, options, rules_)}
{
}

void OneShotPredictor::search(Search& search)
{
    const auto wanted_samples = static_cast<std::size_t>(options_.samples);
    if (const std::size_t budget = search.remaining(); budget > 0 && wanted_samples >= budget)
        throw Error("`samples` is " + std::to_string(wanted_samples) + " and the budget " + std::to_string(budget) +
                    " evaluations, so nothing would be left to validate what the predictors find: set fewer `samples` "
                    "or a larger budget, or use `random`.");
    const std::uint64_t seed = search.rng("one shot predictor")();
    moo::SearchGenomes genomes(search, targets_.constraints);
    if (targets_.any_exact())
        genomes.distinguish([&](const Architecture& a) { return targets_.hash_of_costs(search, a); });
    Predictors predictors(search, genomes, targets_, rules_);
    Batches batches(genomes, predictors, true, seed);

    std::vector<Evaluation> samples = search.known();
    batches.remember(samples);
    for (std::size_t left = wanted_samples; left > 0 && search.remaining() > 0 && !batches.hopeless();) {
        const moo::Genomes drawn = batches.first(std::min({left, search.remaining(), std::size_t{1000}}));
        if (drawn.empty())
            break;
        left -= drawn.rows();
        const std::vector<Evaluation> validated = search.evaluate(genomes.architectures(drawn));
        note_not_finite(search, genomes, validated);
        batches.remember(validated);
        samples.insert(samples.end(), validated.begin(), validated.end());
    }
    if (batches.hopeless() || search.remaining() == 0 || !predictors.fit(samples))
        return;

    const Found found = InnerSearch(search, genomes, predictors, options_.optimiser, rules_).run(seed, moo::Genomes(0));
    Found front{moo::Population(found.all.genomes.columns(), genomes.losses()), found.all, found.affordable};
    for (const std::uint32_t row : moo::non_dominated(found.all.objectives, found.all.violations))
        front.population.append(found.all, row);
    const std::size_t wanted = std::min(front.population.size(), search.remaining());
    const std::vector<Evaluation> validated = search.evaluate(genomes.architectures(batches.next(front, wanted)));
    note_not_finite(search, genomes, validated);
    predictors.note_quality(validated);
}

}  // namespace espalier::linas
