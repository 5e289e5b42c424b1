// SPDX-License-Identifier: Apache-2.0
#include "espalier/moo/methods.hpp"

#include "initial_genomes.hpp"
#include "state.hpp"

namespace espalier::moo {
namespace {

/// Random search: every gene uniform, no key twice. The population is all that was told, so `population` of the
/// settings is only the size of a batch.
class Random final : public Optimiser {
public:
    Random(GenomeSpace space, const Settings& settings)
        : Optimiser(RandomSettings::kName, std::move(space), settings),
          genomes_(this->space()),
          population_(this->space().options.size(), this->space().objectives)
    {
    }
    const Population& population() const override { return population_; }

private:
    void propose(std::size_t count, Rng& rng, Genomes& asked) override
    {
        while (asked.rows() < count) {
            const auto genome = genomes_.draw(seen_, rng);
            if (!genome)
                return;
            asked.append(*genome);
        }
    }
    void learn(const Population& told, std::size_t, Rng&) override
    {
        for (const std::uint64_t key : told.keys)
            seen_.insert(key);
        population_.append(told);
    }
    void exchange(State& state) override
    {
        seen_.exchange(state);
        state(population_);
    }

    InitialGenomes genomes_;
    KeySet seen_;
    Population population_;
};

}  // namespace

std::unique_ptr<Optimiser> make_optimiser(GenomeSpace space, const RandomSettings& settings)
{
    return std::make_unique<Random>(std::move(space), settings);
}

}  // namespace espalier::moo
