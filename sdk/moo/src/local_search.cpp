// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "espalier/moo/dominance.hpp"

#include "initial_genomes.hpp"
#include "method_options.hpp"
#include "state.hpp"

namespace espalier::moo {
namespace {

/// Joins `archive` unless a member dominates it; members that it dominates leave.
void insert_non_dominated(Population& archive, const Population& from, std::size_t row)
{
    Rows stay;
    for (std::uint32_t i = 0; i < archive.size(); ++i) {
        if (archive.keys[i] == from.keys[row] ||
            dominates(archive.objectives[i], archive.violations[i], from.objectives[row], from.violations[row]))
            return;
        if (!dominates(from.objectives[row], from.violations[row], archive.objectives[i], archive.violations[i]))
            stay.push_back(i);
    }
    if (stay.size() < archive.size()) {
        Population rest(archive.genomes.columns(), archive.objectives.columns());
        for (const std::uint32_t i : stay)
            rest.append(archive, i);
        archive = std::move(rest);
    }
    archive.append(from, row);
}

/// Pareto local search: Paquete, Chiarandini, Stuetzle, "Pareto Local Optimum Sets in the Biobjective Traveling
/// Salesman Problem: An Experimental Study", 2004. An archive of genomes that do not dominate each other; again and
/// again all genomes that differ in one gene from a member not yet explored, drawn at random. With one objective it is
/// hill climbing.
///
/// Differs from the paper: a member that a neighbour dominates is left at once (first improvement); neighbours come in
/// random order, no key twice in the whole search; when all members are explored it starts anew from a random genome.
/// The population is the archive over all starts.
class LocalSearch final : public Optimiser {
public:
    LocalSearch(GenomeSpace space, const LocalSearchSettings& settings)
        : Optimiser(LocalSearchSettings::kName, std::move(space), settings),
          genomes_(this->space()),
          local_(this->space().options.size(), this->space().objectives),
          best_(local_),
          centre_(this->space().options.size())
    {
    }
    const Population& population() const override { return best_; }

private:
    struct Move {
        std::uint32_t gene;
        std::uint32_t option;  ///< not a Gene: no padding in what is saved
    };

    void propose(std::size_t count, Rng& rng, Genomes& asked) override
    {
        while (asked.rows() < count) {
            if (moves_.empty() && !explore_next(rng)) {
                if (!asked.empty())
                    return;  // what was asked may tell where to go on
                const auto genome = genomes_.draw(seen_, rng);
                if (!genome)
                    return;
                local_.clear();
                asked.append(*genome);
                return;
            }
            while (!moves_.empty() && asked.rows() < count) {
                const Move move = moves_.back();
                moves_.pop_back();
                const Gene before = std::exchange(centre_[move.gene], static_cast<Gene>(move.option));
                if (seen_.insert(space().key_of(centre_)))
                    asked.append(centre_);
                centre_[move.gene] = before;
            }
        }
    }

    /// Makes the moves from a member that was not explored yet; false if there is none.
    bool explore_next(Rng& rng)
    {
        Rows open;
        for (std::uint32_t i = 0; i < local_.size(); ++i) {
            if (!explored_.contains(local_.keys[i]))
                open.push_back(i);
        }
        if (open.empty())
            return false;
        const std::uint32_t row = open[rng.below(open.size())];
        explored_.insert(local_.keys[row]);
        std::ranges::copy(local_.genomes[row], centre_.begin());
        centre_key_ = local_.keys[row];
        for (std::uint32_t i = 0; i < centre_.size(); ++i) {
            for (std::uint32_t option = 0; option < space().options[i]; ++option) {
                if (option != centre_[i])
                    moves_.push_back({i, option});
            }
        }
        shuffle(moves_, rng);
        return true;
    }

    void learn(const Population& told, std::size_t, Rng&) override
    {
        for (std::size_t row = 0; row < told.size(); ++row) {
            seen_.insert(told.keys[row]);
            insert_non_dominated(local_, told, row);
            insert_non_dominated(best_, told, row);
        }
        // A centre that was beaten is left: the way leads on from what beat it.
        if (!moves_.empty() && std::ranges::find(local_.keys, centre_key_) == local_.keys.end())
            moves_.clear();
    }

    void exchange(State& state) override
    {
        seen_.exchange(state);
        explored_.exchange(state);
        state(local_);
        state(best_);
        state(centre_);
        state(centre_key_);
        state(moves_);
    }

    InitialGenomes genomes_;
    KeySet seen_, explored_;
    Population local_, best_;
    std::vector<Gene> centre_;
    std::uint64_t centre_key_ = 0;
    std::vector<Move> moves_;
};

}  // namespace

void LocalSearchSettings::describe(Describe<LocalSearchSettings>& d)
{
    describe_batch(d, "50");
}

std::unique_ptr<Optimiser> make_optimiser(GenomeSpace space, const LocalSearchSettings& settings)
{
    return std::make_unique<LocalSearch>(std::move(space), settings);
}

}  // namespace espalier::moo
