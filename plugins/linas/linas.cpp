// SPDX-License-Identifier: Apache-2.0
#include "linas.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "espalier/moo/dominance.hpp"
#include "espalier/moo/hypervolume.hpp"

#include "validated.hpp"

namespace espalier::linas {
namespace {

constexpr std::size_t kMostIdleRounds = 10;

}  // namespace

void Linas::Options::describe(Describe<Options>& d)
{
    d.include<PredictionOptions>();
    d("duplicates", &Options::duplicates,
      "networks that were validated before: drop (ours) and fill the round up, or keep (paper): they cost no "
      "budget, but their place in the round")
        .one_of({"preset", "drop", "keep"});
    d("inner_seed", &Options::inner_seed, "of the inner search: another one in each round (ours), or the same (paper)")
        .one_of({"preset", "round", "same"});
    d("rounds", &Options::rounds,
      "exact (ours): until the budget is spent; rounded (paper): round(budget / population), halves to even")
        .one_of({"preset", "exact", "rounded"})
        .symbol("R");
    d("warm_start", &Options::warm_start, "the inner search knows the validated front from its start");
    d("stop_rounds", &Options::stop_rounds, "ends when the hypervolume has hardly grown over so many rounds; 0: never")
        .range(0, 1e6);
    d("stop_gain", &Options::stop_gain, "what hardly means: a growth below this share").range(0, 1);
}

Linas::Linas(const Options& options, const Setup& setup)
    : options_{options},
      rules_{rules_of(options, std::max<std::size_t>(1, setup.objectives.size()))},
      targets_{Targets::of(setup, options, rules_)},
      drop_duplicates_{resolved(options.duplicates, options.preset, "drop", "keep") == "drop"},
      same_seed_{resolved(options.inner_seed, options.preset, "round", "same") == "same"},
      rounded_{resolved(options.rounds, options.preset, "exact", "rounded") == "rounded"}
{
}

/// How much larger the hypervolume of what was validated became.
class Linas::Gain {
public:
    Gain(const moo::SearchGenomes& genomes, int rounds, double least)
        : genomes_{genomes}, rounds_{rounds}, least_{least}
    {
    }

    /// @return whether it hardly did over the last rounds.
    bool ended(std::span<const Evaluation> validated)
    {
        sizes_.push_back(validated.size());
        if (rounds_ == 0 || sizes_.size() <= static_cast<std::size_t>(rounds_))
            return false;
        const moo::Told told = genomes_.told(validated);
        const double then = volume(told, sizes_[sizes_.size() - 1 - static_cast<std::size_t>(rounds_)]);
        return then > 0 && volume(told, validated.size()) < (1 + least_) * then;
    }

private:
    /// Of the first `count`, below the worst of all.
    static double volume(const moo::Told& told, std::size_t count)
    {
        std::vector<double> worst(told.losses.columns(), -std::numeric_limits<double>::infinity());
        moo::Points points(told.losses.columns());
        for (std::size_t row = 0; row < told.losses.rows(); ++row) {
            if (told.violations[row] > 0)
                continue;
            for (std::size_t m = 0; m < worst.size(); ++m)
                worst[m] = std::max(worst[m], told.losses[row][m]);
            if (row < count)
                points.append(told.losses[row]);
        }
        return moo::hypervolume(points, worst);
    }

    const moo::SearchGenomes& genomes_;
    int rounds_;
    double least_;
    std::vector<std::size_t> sizes_;
};

/// Algorithm 1, in the letters of docs/methods/linas.md.
// NOLINTBEGIN(readability-identifier-naming)
void Linas::search(Search& search)
{
    const std::uint64_t seed = search.rng("linas")();
    const auto P = static_cast<std::size_t>(options_.population);
    const std::size_t R = most_rounds(search.remaining());
    moo::SearchGenomes genomes(search, targets_.constraints);
    if (targets_.any_exact())
        genomes.distinguish([&](const Architecture& a) { return targets_.hash_of_costs(search, a); });
    Predictors predictors(search, genomes, targets_, rules_);
    Batches batches(genomes, predictors, drop_duplicates_, seed);
    const InnerSearch inner(search, genomes, predictors, options_.optimiser, rules_);
    Gain gain(genomes, options_.stop_rounds, options_.stop_gain);

    Validated D(genomes);
    D.append(search.known());
    batches.remember(D.all());
    if (search.known().empty() && (P >= search.remaining() || R == 1))
        search.note("predictions", 0);  // the only round is random, which somebody who compares methods should see
    std::size_t idle = 0;               // rounds in a row without a new network
    for (std::size_t round = 0; round < R && search.remaining() > 0; ++round) {
        const std::size_t wanted = std::min(P, search.remaining());
        const moo::Genomes Q = predictors.fit(D.all())
                                   ? batches.next(inner.run(inner_seed(seed, round), start(genomes, D.all())), wanted)
                                   : batches.first(wanted);
        if (Q.empty())
            return;  // nothing is left that could be validated
        const std::vector<Evaluation> validated = search.evaluate(genomes.architectures(Q));
        note_not_finite(search, genomes, validated);
        predictors.note_quality(validated);
        batches.remember(validated);
        idle = D.append(validated) ? 0 : idle + 1;
        if (batches.hopeless() || gain.ended(D.all()))
            return;
        if (idle == kMostIdleRounds) {
            search.note("rounds without a new network", static_cast<double>(idle));
            return;
        }
    }
}
// NOLINTEND(readability-identifier-naming)

std::size_t Linas::most_rounds(std::size_t budget) const
{
    if (!rounded_ || budget == std::numeric_limits<std::size_t>::max())
        return std::numeric_limits<std::size_t>::max();
    const double rounds = static_cast<double>(budget) / options_.population;
    return std::max<std::size_t>(1, static_cast<std::size_t>(std::nearbyint(rounds)));
}

std::uint64_t Linas::inner_seed(std::uint64_t seed, std::size_t round) const
{
    return same_seed_ ? seed : Rng(seed, "round " + std::to_string(round))();
}

moo::Genomes Linas::start(const moo::SearchGenomes& genomes, std::span<const Evaluation> validated) const
{
    moo::Genomes front(validated.empty() ? 0 : validated.front().architecture.choices.size());
    if (!options_.warm_start)
        return front;
    const moo::Told told = genomes.told(validated);
    for (const std::uint32_t row : moo::non_dominated(told.losses, told.violations))
        if (front.rows() < static_cast<std::size_t>(options_.population))
            front.append(told.genomes[row]);
    return front;
}

}  // namespace espalier::linas
