// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <numeric>

#include "association.hpp"
#include "infinity.hpp"
#include "method_options.hpp"
#include "populated.hpp"
#include "scaling.hpp"

namespace espalier::moo {
namespace {

/// C-TAEA: Li, Chen, Fu, Yao, "Two-Archive Evolutionary Algorithm for Constrained Multiobjective Optimization", IEEE
/// Trans. Evol. Comput. 23(2), 2019, sections III-B to III-D. A convergence archive of good feasible members, spread
/// over the reference directions, and a diversity archive, blind to constraints, where the first holds few. Parents
/// come from both. The population is the convergence archive; both have as many members as there are directions.
///
/// Differs from the paper: objectives are scaled; a tie for the most crowded niche is broken by chance. The diversity
/// archive may stay smaller while parents and children together are few.
class CTaea final : public Populated {
public:
    CTaea(GenomeSpace space, const CTaeaSettings& settings)
        : Populated(CTaeaSettings::kName, std::move(space), one_each(settings, settings.directions)),
          directions_{checked_directions(settings.directions, this->space().objectives, wanted_)},
          scaling_(this->space().objectives, settings.scale_objectives),
          diverse_(population_),
          first_(this->space().options.size()),
          second_(first_.size())
    {
    }

private:
    /// Where members lie among the directions.
    struct Placement {
        Points scaled;
        Rows niche;
        std::vector<double> fitness;  ///< achievement scalarising function, smaller is better
    };

    Placement place(const Population& members) const
    {
        Placement result{scaling_(members.objectives), {}, std::vector<double>(members.size())};
        result.niche = associate(result.scaled, directions_).niche;
        for (std::size_t row = 0; row < members.size(); ++row) {
            for (std::size_t m = 0; m < directions_.columns(); ++m) {
                const double weight = std::max(directions_[result.niche[row]][m], 1e-4);
                result.fitness[row] = std::max(result.fitness[row], result.scaled[row][m] / weight);
            }
        }
        return result;
    }

    void join(const Population& told, Rng& rng) override
    {
        scaling_.see(told);
        population_.append(told);
        scaling_.measure(population_);
        if (population_.size() > wanted_)
            update_convergence(rng);
        update_diversity(told);
    }

    void update_convergence(Rng& rng)
    {
        const auto feasible = static_cast<std::size_t>(std::ranges::count(population_.violations, 0.));
        if (feasible <= wanted_) {
            fill_with_infeasible();
            return;
        }
        const Fronts fronts(population_.objectives, population_.violations);
        Rows rows;
        for (std::size_t k = 0; rows.size() < wanted_; ++k)
            rows.insert(rows.end(), fronts[k].begin(), fronts[k].end());
        keep(rows);
        if (population_.size() > wanted_)
            thin_out(rng);
    }

    /// All feasible members, then infeasible ones by fronts of violation and fitness, the last front by violation.
    void fill_with_infeasible()
    {
        Rows kept, others;
        for (std::uint32_t row = 0; row < population_.size(); ++row)
            (population_.violations[row] > 0 ? others : kept).push_back(row);
        const Placement places = place(population_);
        Points pairs(2, others.size());
        for (std::size_t i = 0; i < others.size(); ++i) {
            pairs[i][0] = population_.violations[others[i]];
            pairs[i][1] = places.fitness[others[i]];
        }
        const Fronts fronts(pairs);
        for (std::size_t k = 0; k < fronts.count() && kept.size() < wanted_; ++k) {
            for (const std::uint32_t i : fronts[k]) {  // ascending by violation
                if (kept.size() < wanted_)
                    kept.push_back(others[i]);
            }
        }
        keep(kept);
    }

    /// Members leave the most crowded niche until `wanted_` are left.
    void thin_out(Rng& rng)
    {
        const Placement places = place(population_);
        std::vector<Rows> niches(directions_.rows());
        for (std::uint32_t row = 0; row < population_.size(); ++row)
            niches[places.niche[row]].push_back(row);
        std::vector<bool> gone(population_.size(), false);
        for (std::size_t left = population_.size(); left > wanted_; --left) {
            Rows& niche = niches[most_crowded(niches, rng)];
            const std::uint32_t row = worst_of(niche, places, gone);
            gone[row] = true;
            std::erase(niche, row);
        }
        Rows rows;
        for (std::uint32_t row = 0; row < gone.size(); ++row) {
            if (!gone[row])
                rows.push_back(row);
        }
        keep(rows);
    }

    static std::size_t most_crowded(const std::vector<Rows>& niches, Rng& rng)
    {
        std::size_t most = 0;
        Rows ties;
        for (std::uint32_t k = 0; k < niches.size(); ++k) {
            if (niches[k].size() > most) {
                most = niches[k].size();
                ties.clear();
            }
            if (niches[k].size() == most)
                ties.push_back(k);
        }
        return ties[rng.below(ties.size())];
    }

    static double square_distance(const Points& points, std::size_t a, std::size_t b)
    {
        double sum = 0;
        for (std::size_t m = 0; m < points.columns(); ++m)
            sum += (points[a][m] - points[b][m]) * (points[a][m] - points[b][m]);
        return sum;
    }

    /// The least fit of a niche, or the less fit of its closest pair where that pair is closer than the least fit is to
    /// anyone.
    static std::uint32_t worst_of(const Rows& niche, const Placement& places, const std::vector<bool>& gone)
    {
        const auto fitness = [&places](std::uint32_t row) { return places.fitness[row]; };
        const std::uint32_t worst = *std::ranges::max_element(niche, {}, fitness);
        double nearest = kInfinity;
        for (std::uint32_t row = 0; row < gone.size(); ++row) {
            if (row != worst && !gone[row])
                nearest = std::min(nearest, square_distance(places.scaled, worst, row));
        }
        std::uint32_t result = worst;
        for (std::size_t i = 0; i < niche.size(); ++i) {
            for (std::size_t j = i + 1; j < niche.size(); ++j) {
                const double distance = square_distance(places.scaled, niche[i], niche[j]);
                if (distance < nearest) {
                    nearest = distance;
                    result = fitness(niche[i]) > fitness(niche[j]) ? niche[i] : niche[j];
                }
            }
        }
        return result;
    }

    /// Round by round each direction with fewer members in the convergence archive takes one more.
    void update_diversity(const Population& told)
    {
        Population all = diverse_;
        all.append(told);
        const Placement places = place(all);
        std::vector<Rows> niches(directions_.rows());
        for (std::uint32_t row = 0; row < all.size(); ++row)
            niches[places.niche[row]].push_back(row);
        Rows counts(directions_.rows(), 0);
        for (const std::uint32_t niche : place(population_).niche)
            ++counts[niche];
        Rows chosen;
        const std::size_t wanted = std::min(wanted_, all.size());
        for (std::uint32_t round = 1; chosen.size() < wanted; ++round) {  // ends: some niche is never empty
            for (std::size_t k = 0; k < niches.size() && chosen.size() < wanted; ++k) {
                if (counts[k] >= round || niches[k].empty())
                    continue;
                const std::uint32_t row = fittest_non_dominated(niches[k], all, places);
                chosen.push_back(row);
                std::erase(niches[k], row);
            }
        }
        diverse_.clear();
        append_rows(diverse_, all, chosen);
    }

    static std::uint32_t fittest_non_dominated(const Rows& niche, const Population& all, const Placement& places)
    {
        Points points(all.objectives.columns());
        for (const std::uint32_t row : niche)
            points.append(all.objectives[row]);
        const Rows front = non_dominated(points);
        return niche[*std::ranges::min_element(front, {}, [&](std::uint32_t i) { return places.fitness[niche[i]]; })];
    }

    void breed(std::size_t missing, Rng& rng, Genomes& asked) override
    {
        // Shares of both archives in the first front of their union (section III-D); the union as the paper counts it.
        Population both = population_;
        both.append(diverse_);
        double convergent = 0, diverse = 0;
        for (const std::uint32_t row : non_dominated(both.objectives))
            ++(row < population_.size() ? convergent : diverse);
        const auto size = static_cast<double>(both.size());
        const bool first_convergent = convergent > diverse || diverse_.empty();
        for (; missing > 0; --missing) {
            const auto mother = parent(first_convergent ? population_ : diverse_, rng);
            const bool second_convergent = diverse_.empty() || rng.uniform() < convergent / size;
            const auto father = parent(second_convergent ? population_ : diverse_, rng);
            breeder_.cross(mother, father, first_, second_, rng);
            std::vector<Gene>& child = (rng() & 1U) != 0 ? first_ : second_;
            breeder_.mutate(child, rng);
            admit(child, asked);
        }
    }

    static std::span<const Gene> parent(const Population& archive, Rng& rng)
    {
        const std::size_t a = rng.below(archive.size()), b = rng.below(archive.size());
        if (dominates(archive, a, b))
            return archive.genomes[a];
        return archive.genomes[dominates(archive, b, a) || (rng() & 1U) != 0 ? b : a];
    }

    void reserve(KeySet& keys) const override
    {
        for (const std::uint64_t key : diverse_.keys)
            keys.insert(key);
    }

    void exchange(State& state) override
    {
        Populated::exchange(state);
        scaling_.exchange(state);
        state(diverse_);
    }

    Points directions_;
    Scaling scaling_;
    Population diverse_;
    std::vector<Gene> first_, second_;
};

}  // namespace

void CTaeaSettings::describe(Describe<CTaeaSettings>& d)
{
    describe_breeding(d);
    describe_scaling(d);
}

std::unique_ptr<Optimiser> make_optimiser(GenomeSpace space, const CTaeaSettings& settings)
{
    return std::make_unique<CTaea>(std::move(space), settings);
}

}  // namespace espalier::moo
