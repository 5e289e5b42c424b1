// SPDX-License-Identifier: Apache-2.0
#include "batches.hpp"

#include <algorithm>
#include <limits>

#include "espalier/moo/dominance.hpp"

namespace espalier::linas {
namespace {

constexpr std::size_t kMostDraws = 10'000, kMutantsPerPlace = 20;

}  // namespace

Batches::Batches(const moo::SearchGenomes& genomes, const Predictors& predictors, bool drop_duplicates,
                 std::uint64_t seed)
    : genomes_{genomes},
      predictors_{predictors},
      drop_duplicates_{drop_duplicates},
      space_{genomes.genome_space()},
      rng_{seed, "batches"},
      random_{moo::make_optimiser("random", space_, {.seed = seed})}
{
}

void Batches::remember(std::span<const Evaluation> evaluations)
{
    moo::Genomes known(space_.options.size());
    for (const Evaluation& evaluation : evaluations) {
        seen_.insert(genomes_.key(evaluation.architecture.choices));
        known.append(evaluation.architecture.choices);
    }
    random_->tell(known, moo::Points(space_.objectives, known.rows()));  // its keys are all that it keeps in mind
}

bool Batches::take(std::span<const moo::Gene> genome, moo::Genomes& batch)
{
    if (!seen_.insert(genomes_.key(genome)).second)
        return false;
    batch.append(genome);
    return true;
}

moo::Genomes Batches::first(std::size_t count)
{
    moo::Genomes batch(space_.options.size());
    if (drop_duplicates_)
        take_random(count, batch);
    else
        draw(count, batch);
    if (batch.rows() < count)
        take_bred(count, batch);
    return batch;
}

moo::Genomes Batches::next(const Found& found, std::size_t count)
{
    moo::Genomes batch(space_.options.size());
    if (!drop_duplicates_) {
        take_affordable(found.population.genomes, count, batch);
        return batch.empty() ? first(count) : batch;
    }
    const auto feasible = [](const moo::Population& population) {
        std::vector<bool> may;
        for (const double violation : population.violations)
            may.push_back(violation <= 0);
        return may;
    };
    take_best(found.population, feasible(found.population), count, batch);
    if (batch.rows() < count)
        take_best(found.all, feasible(found.all), count, batch);
    if (batch.rows() < count)
        take_mutants(found, count, batch);
    if (batch.rows() < count)
        take_best(found.all, found.affordable, count, batch);
    if (batch.rows() < count)
        take_random(count, batch);
    return batch;
}

void Batches::take_best(const moo::Population& from, const std::vector<bool>& may, std::size_t count,
                        moo::Genomes& batch)
{
    moo::Population fresh(space_.options.size(), space_.objectives);
    for (std::size_t row = 0; row < from.size(); ++row)
        if (may[row] && !seen_.contains(from.keys[row]))
            fresh.append(from, row);
    for (const std::uint32_t row : best_first(fresh)) {
        if (batch.rows() == count)
            return;
        take(fresh.genomes[row], batch);
    }
}

/// One or two genes of members of the predicted front; the best predicted of many.
void Batches::take_mutants(const Found& found, std::size_t count, moo::Genomes& batch)
{
    const moo::Fronts fronts(found.all.objectives, found.all.violations);
    if (fronts.count() == 0)
        return;
    moo::Breeder breeder(space_, {});
    moo::Genomes mutants(space_.options.size());
    std::unordered_set<std::uint64_t> keys;
    for (std::size_t i = kMutantsPerPlace * (count - batch.rows()); i > 0; --i) {
        const auto parent = found.all.genomes[fronts[0][rng_.below(fronts[0].size())]];
        std::vector<moo::Gene> child(parent.begin(), parent.end());
        for (std::size_t genes = 1 + rng_.below(2); genes > 0; --genes)
            breeder.mutate_once(child, rng_);
        const std::uint64_t key = genomes_.key(child);
        if (!seen_.contains(key) && keys.insert(key).second)
            mutants.append(child);
    }
    const Predictors::Forecast forecast = predictors_.forecast(mutants);
    moo::Population population(space_.options.size(), space_.objectives);
    std::vector<bool> feasible;
    for (std::size_t row = 0; row < mutants.rows(); ++row) {
        population.genomes.append(mutants[row]);
        population.objectives.append(forecast.losses[row]);
        population.violations.push_back(forecast.violations[row]);
        population.keys.push_back(genomes_.key(mutants[row]));
        feasible.push_back(forecast.violations[row] <= 0);
    }
    take_best(population, feasible, count, batch);
}

void Batches::take_random(std::size_t count, moo::Genomes& batch)
{
    for (std::size_t drawn = 0; drawn < kMostDraws && batch.rows() < count;) {
        const moo::Genomes asked = random_->ask(count - batch.rows());
        if (asked.empty())
            return;
        drawn += asked.rows();
        const std::vector<double> unaffordable = predictors_.unaffordable(asked);
        for (std::size_t row = 0; row < asked.rows(); ++row)
            if (unaffordable[row] <= 0)
                take(asked[row], batch);
    }
}

void Batches::draw(std::size_t count, moo::Genomes& batch)
{
    moo::Genomes drawn(space_.options.size());
    for (std::size_t draws = 0; draws < kMostDraws && batch.rows() < count; draws += drawn.rows()) {
        drawn.resize(count - batch.rows());
        for (std::size_t row = 0; row < drawn.rows(); ++row)
            space_.draw(drawn[row], rng_);
        take_affordable(drawn, count, batch);
    }
}

void Batches::take_affordable(const moo::Genomes& from, std::size_t count, moo::Genomes& batch) const
{
    const std::vector<double> unaffordable = predictors_.unaffordable(from);
    for (std::size_t row = 0; row < from.rows() && batch.rows() < count; ++row)
        if (unaffordable[row] <= 0)
            batch.append(from[row]);
}

void Batches::take_bred(std::size_t count, moo::Genomes& batch)
{
    moo::GenomeSpace space = space_;
    space.objectives = 1;  // all equal: only the constraints count
    const auto optimiser = moo::make_optimiser("ga", space, {.seed = rng_(), .never_again = true});
    std::vector<moo::Gene> nearest;
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t made = 0; made < kMostDraws && batch.rows() < count;) {
        const moo::Genomes asked = optimiser->ask(optimiser->batch());
        if (asked.empty())
            break;
        made += asked.rows();
        const std::vector<double> unaffordable = predictors_.unaffordable(asked);
        for (std::size_t row = 0; row < asked.rows(); ++row) {
            if (unaffordable[row] <= 0 && batch.rows() < count)
                take(asked[row], batch);
            if (nearest.empty() || unaffordable[row] < least) {  // the first even where its costs cannot be told
                least = unaffordable[row];
                nearest.assign(asked[row].begin(), asked[row].end());
            }
        }
        optimiser->tell(asked, moo::Points(1, asked.rows()), unaffordable);
    }
    if (!batch.empty())
        return;
    hopeless_ = true;
    if (!nearest.empty())
        take(nearest, batch);  // for the record: by how much the constraints are missed, or why costs fail
}

}  // namespace espalier::linas
