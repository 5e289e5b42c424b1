// SPDX-License-Identifier: Apache-2.0
#include "inner_search.hpp"

#include <algorithm>
#include <cmath>
#include <unordered_set>

namespace espalier::linas {
namespace {

/// Networks looked at, each once.
class Archive {
public:
    Archive(const moo::SearchGenomes& genomes, Found& found) : genomes_{genomes}, found_{found} {}

    void add(const moo::Genomes& asked, const Predictors::Forecast& forecast)
    {
        for (std::size_t row = 0; row < asked.rows(); ++row) {
            const std::uint64_t key = genomes_.key(asked[row]);
            if (!std::isfinite(forecast.violations[row]) || !keys_.insert(key).second)
                continue;
            found_.all.genomes.append(asked[row]);
            found_.all.objectives.append(forecast.losses[row]);
            found_.all.violations.push_back(forecast.violations[row]);
            found_.all.keys.push_back(key);
            found_.affordable.push_back(forecast.unaffordable[row] <= 0);
        }
    }

private:
    const moo::SearchGenomes& genomes_;
    Found& found_;
    std::unordered_set<std::uint64_t> keys_;
};

}  // namespace

InnerSearch::InnerSearch(Search& search, const moo::SearchGenomes& genomes, const Predictors& predictors,
                         const std::string& optimiser, const PredictionRules& rules)
    : search_{search}, genomes_{genomes}, predictors_{predictors}, optimiser_{optimiser}, rules_{rules}
{
}

Found InnerSearch::run(std::uint64_t seed, const moo::Genomes& start) const
{
    moo::GenomeSpace space = genomes_.genome_space();
    space.violation = [this](std::span<const moo::Gene> genome) {
        moo::Genomes one(genome.size());
        one.append(genome);
        return predictors_.forecast(one).violations.front();
    };
    moo::Settings settings = rules_.optimiser;
    settings.seed = seed;
    const auto optimiser = moo::make_optimiser(optimiser_, space, settings);
    Found found{moo::Population(space.options.size(), space.objectives),
                moo::Population(space.options.size(), space.objectives),
                {}};
    Archive archive(genomes_, found);
    const auto predict = [&](const moo::Genomes& asked) {
        const Predictors::Forecast forecast = predictors_.forecast(asked);
        archive.add(asked, forecast);
        optimiser->tell(asked, forecast.losses, forecast.violations);
    };
    if (!start.empty())
        predict(start);
    const std::size_t batch = std::min(optimiser->batch(), rules_.inner_evaluations);
    std::size_t made = 0;
    try {
        while (made + batch <= rules_.inner_evaluations && search_.remaining() > 0) {
            const moo::Genomes asked = optimiser->ask(batch);
            if (asked.empty())
                break;  // it has seen the whole space
            predict(asked);
            made += asked.rows();
        }
    } catch (const moo::NothingFeasible&) {
        // the predictions know of nothing that meets the constraints
    }
    search_.note("predictions", static_cast<double>(made));
    found.population = optimiser->population();
    return found;
}

}  // namespace espalier::linas
