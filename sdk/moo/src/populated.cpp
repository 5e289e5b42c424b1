// SPDX-License-Identifier: Apache-2.0
#include "populated.hpp"

#include "latin_hypercube.hpp"

namespace espalier::moo {
namespace {

constexpr int kMostMatings = 100;

}  // namespace

Populated::Populated(const std::string& name, GenomeSpace space, const Settings& settings)
    : Optimiser(name, std::move(space), settings),
      population_(this->space().options.size(), this->space().objectives),
      wanted_{settings.population},
      breeder_(this->space(), settings.variation),
      initial_left_{settings.population},
      never_again_{settings.never_again},
      initial_(this->space()),
      spare_(population_),
      fresh_(population_)
{
    if (wanted_ < 2)
        throw Error(name + " needs a population of at least 2");
    if (settings.latin_hypercube) {
        Rng rng(settings.seed, "latin hypercube");
        planned_ = latin_hypercube(this->space(), wanted_, rng);
    }
}

void Populated::propose(std::size_t count, Rng& rng, Genomes& asked)
{
    // Before two members are known no one can mate: more random genomes, whatever was planned.
    if (initial_left_ > 0)
        propose_initial(std::min<std::size_t>(count, initial_left_), rng, asked);
    else if (population_.size() < 2)
        propose_initial(count, rng, asked);
    if (asked.empty() && population_.size() >= 2)
        mate(count, rng, asked);
}

void Populated::propose_initial(std::size_t count, Rng& rng, Genomes& asked)
{
    while (asked.rows() < count) {
        const std::size_t next = wanted_ - initial_left_;
        if (next < planned_.rows() && initial_keys().insert(space().key_of(planned_[next]))) {
            asked.append(planned_[next]);
            count_initial();
            continue;
        }
        const auto genome = initial_.draw(initial_keys(), rng);
        if (!genome) {
            end_initial();
            return;
        }
        asked.append(*genome);
        count_initial();
    }
}

void Populated::mate(std::size_t count, Rng& rng, Genomes& asked)
{
    if (!never_again_) {
        seen_.clear();
        for (const std::uint64_t key : population_.keys)
            seen_.insert(key);
        reserve(seen_);
    }
    for (int mating = 0; mating < kMostMatings && asked.rows() < count; ++mating)
        breed(count - asked.rows(), rng, asked);
    if (asked.rows() > count)
        asked.resize(count);
    if (never_again_ || asked.empty())
        draw_others(count, rng, asked);
}

void Populated::draw_others(std::size_t count, Rng& rng, Genomes& asked)
{
    while (asked.rows() < count) {  // relatives are used up, others may not be
        const auto genome = draw_other(rng);
        if (!genome)
            return;
        asked.append(*genome);
    }
}

std::optional<std::span<const Gene>> Populated::draw_other(Rng& rng)
{
    return initial_.draw(seen_, rng);
}

bool Populated::admit(std::span<const Gene> child, Genomes& asked)
{
    if (!seen_.insert(space().key_of(child)))
        return false;
    asked.append(child);
    return true;
}

void Populated::learn(const Population& told, std::size_t failed, Rng& rng)
{
    if (const std::uint64_t filled = population_.size() + initial_left_; filled < wanted_)
        initial_left_ += std::min<std::uint64_t>(failed, wanted_ - filled);  // replaced by others
    members_.clear();
    for (const std::uint64_t key : population_.keys)
        members_.insert(key);
    fresh_.clear();
    for (std::size_t row = 0; row < told.size(); ++row) {
        if (never_again_ || initial_left_ > 0)
            initial_keys().insert(told.keys[row]);
        if (members_.insert(told.keys[row]))
            fresh_.append(told, row);
    }
    join(fresh_, rng);
}

void Populated::keep(std::span<const std::uint32_t> rows)
{
    spare_.clear();
    append_rows(spare_, population_, rows);
    std::swap(population_, spare_);
}

void Populated::exchange(State& state)
{
    state(initial_left_);
    state(population_);
    seen_.exchange(state);
    pending_.exchange(state);
}

void append_rows(Population& to, const Population& from, std::span<const std::uint32_t> rows)
{
    for (const std::uint32_t row : rows)
        to.append(from, row);
}

}  // namespace espalier::moo
