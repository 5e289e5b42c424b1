// SPDX-License-Identifier: Apache-2.0
#include "generational.hpp"

#include <numeric>

namespace espalier::moo {
namespace {

constexpr int kMostMatings = 100;

}  // namespace

Generational::Generational(std::string name, GenomeSpace space, const Settings& settings)
    : Optimiser(name, std::move(space), settings.seed, settings.population),
      population_(this->space().options.size(), this->space().objectives),
      wanted_{settings.population},
      initial_left_{settings.population},
      never_again_{settings.never_again},
      breeder_(this->space(), settings.variation),
      initial_(this->space()),
      spare_(population_),
      first_(this->space().options.size()),
      second_(first_.size())
{
    if (wanted_ < 2)
        throw Error(name + " needs a population of at least 2");
}

void Generational::propose(std::size_t count, Rng& rng, Genomes& asked)
{
    if (initial_left_ > 0 || population_.size() < 2)
        propose_initial(count, rng, asked);
    else
        mate(count, rng, asked);
}

void Generational::propose_initial(std::size_t count, Rng& rng, Genomes& asked)
{
    // Before two members are known no one can mate: more random genomes, whatever was planned.
    const std::size_t most = initial_left_ > 0 ? std::min<std::size_t>(count, initial_left_) : count;
    KeySet& seen = never_again_ ? seen_ : pending_;
    while (asked.rows() < most) {
        const auto genome = initial_.draw(seen, rng);
        if (!genome) {
            initial_left_ = 0;
            return;
        }
        asked.append(*genome);
        initial_left_ -= initial_left_ > 0 ? 1 : 0;
    }
}

std::uint32_t Generational::next_parent(Rng& rng)
{
    const auto next = [&] {
        if (permutation_at_ == permutation_.size()) {
            for (std::size_t i = permutation_.size(); i > 1; --i)
                std::swap(permutation_[i - 1], permutation_[rng.below(i)]);
            permutation_at_ = 0;
        }
        return permutation_[permutation_at_++];
    };
    const std::uint32_t a = next(), b = next();
    return winner(a, b, rng);
}

void Generational::mate(std::size_t count, Rng& rng, Genomes& asked)
{
    if (!never_again_) {
        seen_.clear();
        for (const std::uint64_t key : population_.keys)
            seen_.insert(key);
    }
    permutation_.resize(population_.size());
    std::iota(permutation_.begin(), permutation_.end(), 0U);
    for (int mating = 0; mating < kMostMatings && asked.rows() < count; ++mating) {
        permutation_at_ = permutation_.size();  // parents of each mating are drawn afresh
        for (std::size_t pairs = (count - asked.rows() + 1) / 2; pairs > 0; --pairs) {
            const std::uint32_t mother = next_parent(rng), father = next_parent(rng);
            breeder_.cross(population_.genomes[mother], population_.genomes[father], first_, second_, rng);
            for (std::vector<Gene>* child : {&first_, &second_}) {
                breeder_.mutate(*child, rng);
                if (asked.rows() < count && seen_.insert(space().key_of(*child)))
                    asked.append(*child);
            }
        }
    }
    while (never_again_ && asked.rows() < count) {  // relatives are used up, others may not be
        const auto genome = initial_.draw(seen_, rng);
        if (!genome)
            return;
        asked.append(*genome);
    }
}

void Generational::learn(const Population& told, std::size_t failed, Rng& rng)
{
    if (population_.size() < wanted_ && initial_left_ == 0)
        initial_left_ = std::min<std::uint64_t>(failed, wanted_ - population_.size());  // replaced by others
    members_.clear();
    for (const std::uint64_t key : population_.keys)
        members_.insert(key);
    for (std::size_t row = 0; row < told.size(); ++row) {
        if (never_again_ || initial_left_ > 0)
            (never_again_ ? seen_ : pending_).insert(told.keys[row]);
        if (members_.insert(told.keys[row]))
            population_.append(told, row);
    }
    if (population_.size() > wanted_)
        survive(wanted_, rng);
    else
        refresh(rng);
}

void Generational::keep(std::span<const std::uint32_t> rows)
{
    spare_.clear();
    for (const std::uint32_t row : rows)
        spare_.append(population_, row);
    std::swap(population_, spare_);
}

void Generational::exchange(State& state)
{
    state(initial_left_);
    state(population_);
    seen_.exchange(state);
    pending_.exchange(state);
}

}  // namespace espalier::moo
