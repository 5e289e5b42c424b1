// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "espalier/moo/optimiser.hpp"

#include "initial_genomes.hpp"
#include "key_set.hpp"
#include "state.hpp"

namespace espalier::moo {

/// What methods with a population have in common: an initial population of distinct random genomes, then children of
/// parents that win tournaments; told results join the population and the method says who survives.
///
/// Children that equal a member or another child by key are dropped and mating goes on, at most 100 times, with parents
/// drawn anew. A told result whose key the population has already is left out. Told results of any number are one generation, so asking for one and telling one is the steady-state
/// form.
class Generational : public Optimiser {
public:
    Generational(std::string name, GenomeSpace space, const Settings& settings);
    const Population& population() const override { return population_; }
    std::size_t batch() const override { return wanted_; }

protected:
    /// `population_` holds parents and then children, more than `wanted` in all: calls `keep`.
    virtual void survive(std::size_t wanted, Rng& rng) = 0;
    /// Called after every change of the population that did not need `survive`.
    virtual void refresh(Rng& rng) = 0;
    /// Of two members the one that becomes a parent.
    virtual std::uint32_t winner(std::uint32_t a, std::uint32_t b, Rng& rng) const = 0;

    void propose(std::size_t count, Rng& rng, Genomes& asked) override;
    void learn(const Population& told, std::size_t failed, Rng& rng) override;
    void exchange(State& state) override;

    /// Makes `rows` the population, in this order.
    void keep(std::span<const std::uint32_t> rows);

    Population population_;

private:
    void propose_initial(std::size_t count, Rng& rng, Genomes& asked);
    void mate(std::size_t count, Rng& rng, Genomes& asked);
    std::uint32_t next_parent(Rng& rng);

    std::uint64_t wanted_, initial_left_;
    bool never_again_;
    Breeder breeder_;
    InitialGenomes initial_;
    Population spare_;
    KeySet seen_;     ///< never_again: all keys; otherwise those of population and children
    KeySet members_;  ///< of the population while results join it
    KeySet pending_;  ///< initial genomes handed out, until the population is complete
    Rows permutation_;
    std::size_t permutation_at_ = 0;
    std::vector<Gene> first_, second_;
};

}  // namespace espalier::moo
