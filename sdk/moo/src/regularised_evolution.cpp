// SPDX-License-Identifier: Apache-2.0
#include <numeric>

#include "espalier/moo/dominance.hpp"
#include "espalier/moo/methods.hpp"

#include "populated.hpp"

namespace espalier::moo {
namespace {

/// Regularised (aging) evolution: Real, Aggarwal, Huang, Le, "Regularized Evolution for Image Classifier Architecture
/// Search", AAAI 2019, Algorithm 1. The best of `sample` members, drawn with replacement, becomes parent; the child
/// differs from it in exactly one gene; the oldest members die, however good they are.
///
/// Differs from the paper: several objectives are possible, where a contestant takes the lead only by dominating the
/// leader; children that equal a member or each other are dropped; with batches the children of a batch share parents.
class RegularisedEvolution final : public Populated {
public:
    RegularisedEvolution(GenomeSpace space, const RegularisedEvolutionSettings& settings)
        : Populated(RegularisedEvolutionSettings::kName, std::move(space), settings), sample_{settings.sample}
    {
        if (sample_ < 1)
            throw Error("regularised_evolution needs a sample of at least 1");
    }

private:
    std::size_t parent(Rng& rng) const
    {
        std::size_t best = rng.below(population_.size());
        for (std::size_t i = 1; i < sample_; ++i) {
            const std::size_t other = rng.below(population_.size());
            if (dominates(population_, other, best))
                best = other;
        }
        return best;
    }
    void breed(std::size_t missing, Rng& rng, Genomes& asked) override
    {
        for (; missing > 0; --missing) {
            const auto genome = population_.genomes[parent(rng)];
            child_.assign(genome.begin(), genome.end());
            if (breeder_.mutate_once(child_, rng))
                admit(child_, asked);
        }
    }
    void join(const Population& told, Rng&) override
    {
        population_.append(told);
        if (population_.size() <= wanted_)
            return;
        Rows youngest(wanted_);
        std::iota(youngest.begin(), youngest.end(), static_cast<std::uint32_t>(population_.size() - wanted_));
        keep(youngest);
    }

    std::size_t sample_;
    std::vector<Gene> child_;
};

}  // namespace

std::unique_ptr<Optimiser> make_optimiser(GenomeSpace space, const RegularisedEvolutionSettings& settings)
{
    return std::make_unique<RegularisedEvolution>(std::move(space), settings);
}

}  // namespace espalier::moo
