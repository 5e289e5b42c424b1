// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "espalier/moo/optimiser.hpp"

#include "initial_genomes.hpp"
#include "key_set.hpp"
#include "state.hpp"

namespace espalier::moo {

/// What methods with a population have in common: an initial population of distinct random genomes, then children.
///
/// Children that equal a member or another child by key are dropped and breeding goes on, at most 100 times. A told
/// result whose key the population has already is left out.
class Populated : public Optimiser {
public:
    Populated(const std::string& name, GenomeSpace space, const Settings& settings);
    const Population& population() const override { return population_; }

protected:
    /// Offers children to `admit`, as many as `missing` says or more.
    virtual void breed(std::size_t missing, Rng& rng, Genomes& asked) = 0;
    /// Results, each key once and none of the population's; not empty unless something failed.
    virtual void join(const Population& told, Rng& rng) = 0;
    /// Adds keys other than the population's that children must not have.
    virtual void reserve(KeySet&) const {}
    virtual void propose_initial(std::size_t count, Rng& rng, Genomes& asked);
    /// Fills `asked` where relatives are used up.
    virtual void draw_others(std::size_t count, Rng& rng, Genomes& asked);
    /// Random, not seen before; none: hardly any is left.
    std::optional<std::span<const Gene>> draw_other(Rng& rng);

    /// Appends the child unless its key is taken; whether it was.
    bool admit(std::span<const Gene> child, Genomes& asked);
    /// An initial genome was handed out, or there are no more.
    void count_initial() { initial_left_ -= initial_left_ > 0 ? 1 : 0; }
    void end_initial() { initial_left_ = 0; }
    std::size_t initial_left() const { return initial_left_; }
    KeySet& initial_keys() { return never_again_ ? seen_ : pending_; }

    void propose(std::size_t count, Rng& rng, Genomes& asked) final;
    void learn(const Population& told, std::size_t failed, Rng& rng) final;
    void exchange(State& state) override;

    /// Makes `rows` the population, in this order.
    void keep(std::span<const std::uint32_t> rows);

    Population population_;
    std::size_t wanted_;
    Breeder breeder_;

private:
    void mate(std::size_t count, Rng& rng, Genomes& asked);

    std::uint64_t initial_left_;
    bool never_again_;
    InitialGenomes initial_;
    Genomes planned_;  ///< initial genomes of a Latin hypercube; a copy among them is replaced
    Population spare_, fresh_;
    KeySet seen_;     ///< never_again: all keys; otherwise those of population and children
    KeySet members_;  ///< of the population while results join it
    KeySet pending_;  ///< initial genomes handed out
};

/// `rows` of `from`, appended to `to` in this order.
void append_rows(Population& to, const Population& from, std::span<const std::uint32_t> rows);

}  // namespace espalier::moo
