// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <numeric>

#include "association.hpp"
#include "method_options.hpp"
#include "populated.hpp"
#include "scaling.hpp"
#include "tournament.hpp"

namespace espalier::moo {
namespace {

constexpr double kPenalty = 5;  ///< theta of PBI

/// MOEA/D in batches: Zhang and Li, "MOEA/D: A Multiobjective Evolutionary Algorithm Based on Decomposition", IEEE
/// Trans. Evol. Comput. 11(6), 2007. Member i minimises the scalar function of direction i: Tchebycheff for two
/// objectives, PBI for more. Children have parents from the neighbourhood of their direction with probability
/// `neighbour_mating`, and replace neighbours that they improve on, feasibility first.
///
/// Differs from the paper: all children of a batch are made before any of them replaces; at most `replacements`
/// neighbours are replaced (Li and Zhang 2009); objectives are scaled; children whose key a member or another child has
/// are dropped, so that a member is replaced by copies of one child only.
class Moead final : public Populated {
public:
    Moead(GenomeSpace space, const MoeadSettings& settings)
        : Populated(MoeadSettings::kName, std::move(space), one_each(settings, settings.directions)),
          directions_{checked_directions(settings.directions, this->space().objectives, wanted_)},
          neighbour_mating_{settings.neighbour_mating},
          replacements_{settings.replacements},
          scaling_(this->space().objectives, settings.scale_objectives),
          first_(this->space().options.size()),
          second_(first_.size())
    {
        if (settings.neighbours < 2 || !(neighbour_mating_ >= 0 && neighbour_mating_ <= 1))
            throw Error("moead needs two neighbours or more and a probability of mating with them between 0 and 1");
        find_neighbours(std::min(settings.neighbours, directions_.rows()));
    }

private:
    void find_neighbours(std::size_t count)
    {
        for (std::size_t i = 0; i < directions_.rows(); ++i) {
            const auto square = [&](std::uint32_t j) {
                double sum = 0;
                for (std::size_t m = 0; m < directions_.columns(); ++m)
                    sum += std::pow(directions_[i][m] - directions_[j][m], 2);
                return sum;
            };
            Rows order(directions_.rows());
            std::iota(order.begin(), order.end(), 0U);
            std::ranges::stable_sort(order, {}, square);
            order.resize(count);
            neighbours_.push_back(order);
        }
    }

    /// Small spaces have fewer members than directions, which then share them.
    std::size_t member(std::size_t direction) const { return direction % population_.size(); }

    void breed(std::size_t missing, Rng& rng, Genomes& asked) override
    {
        problems_.restart(directions_.rows());
        if (expected_.size() > 8 * directions_.rows())  // failed evaluations are never told
            expected_.erase(expected_.begin(), expected_.end() - static_cast<std::ptrdiff_t>(4 * directions_.rows()));
        for (; missing > 0; --missing) {
            const std::uint32_t problem = problems_.next(rng);
            const auto [mother, father] = parents(problem, rng);
            breeder_.cross(population_.genomes[mother], population_.genomes[father], first_, second_, rng);
            std::vector<Gene>& child = (rng() & 1U) != 0 ? first_ : second_;
            breeder_.mutate(child, rng);
            if (admit(child, asked))
                expected_.push_back({space().key_of(child), problem});
        }
    }

    std::pair<std::size_t, std::size_t> parents(std::uint32_t problem, Rng& rng) const
    {
        const bool near = rng.uniform() < neighbour_mating_;
        const std::size_t pool = near ? neighbours_[problem].size() : directions_.rows();
        const std::size_t a = rng.below(pool);
        std::size_t b = rng.below(pool - 1);
        b += b >= a ? 1 : 0;
        return near ? std::pair{member(neighbours_[problem][a]), member(neighbours_[problem][b])}
                    : std::pair{member(a), member(b)};
    }

    double scalar(std::span<const double> point, std::size_t direction) const
    {
        const auto weights = directions_[direction];
        double largest = 0, along = 0, length = 0;
        for (std::size_t m = 0; m < point.size(); ++m) {
            const double value = scaling_(point[m], m);
            largest = std::max(largest, weights[m] * std::abs(value));
            along += weights[m] * value;
            length += weights[m] * weights[m];
        }
        if (point.size() <= 2)
            return largest;
        length = std::sqrt(length);
        along /= length;
        double aside = 0;
        for (std::size_t m = 0; m < point.size(); ++m)
            aside += std::pow(scaling_(point[m], m) - along * weights[m] / length, 2);
        return along + kPenalty * std::sqrt(aside);
    }

    void join(const Population& told, Rng& rng) override
    {
        scaling_.see(told);
        std::size_t row = 0;
        for (; row < told.size() && population_.size() < wanted_ && !is_child(told.keys[row]); ++row)
            population_.append(told, row);
        scaling_.measure(population_);
        for (; row < told.size(); ++row)
            replace(told, row, problem_of(told.keys[row], rng), rng);
    }

    bool is_child(std::uint64_t key) const
    {
        return std::ranges::find(expected_, key, &Expected::key) != expected_.end();
    }

    /// What a child was made for; any problem for genomes from elsewhere.
    std::uint32_t problem_of(std::uint64_t key, Rng& rng)
    {
        const auto found = std::ranges::find(expected_, key, &Expected::key);
        if (found == expected_.end())
            return static_cast<std::uint32_t>(rng.below(directions_.rows()));
        const auto problem = static_cast<std::uint32_t>(found->problem);
        expected_.erase(found);
        return problem;
    }

    void replace(const Population& told, std::size_t row, std::uint32_t problem, Rng& rng)
    {
        Rows order = neighbours_[problem];
        shuffle(order, rng);
        std::size_t left = replacements_ == 0 ? order.size() : replacements_;
        for (const std::uint32_t direction : order) {
            if (left == 0)
                return;
            const std::size_t old = member(direction);
            if (!improves(told, row, old, direction))
                continue;
            std::ranges::copy(told.genomes[row], population_.genomes[old].begin());
            std::ranges::copy(told.objectives[row], population_.objectives[old].begin());
            population_.violations[old] = told.violations[row];
            population_.keys[old] = told.keys[row];
            --left;
        }
    }

    bool improves(const Population& told, std::size_t row, std::size_t old, std::size_t direction) const
    {
        if (told.violations[row] > 0 || population_.violations[old] > 0)
            return told.violations[row] < population_.violations[old];
        return scalar(told.objectives[row], direction) < scalar(population_.objectives[old], direction);
    }

    void exchange(State& state) override
    {
        Populated::exchange(state);
        scaling_.exchange(state);
        state(expected_);
    }

    struct Expected {
        std::uint64_t key, problem;
    };
    Points directions_;
    std::vector<Rows> neighbours_;
    double neighbour_mating_;
    std::size_t replacements_;
    Scaling scaling_;
    Contestants problems_;
    std::vector<Expected> expected_;  ///< children that were asked for and not yet told
    std::vector<Gene> first_, second_;
};

}  // namespace

void MoeadSettings::describe(Describe<MoeadSettings>& d)
{
    describe_breeding(d);
    describe_scaling(d);
    d("neighbours", &MoeadSettings::neighbours, "directions that are neighbours of one").range(2, 1e6).symbol("T");
    d("neighbour_mating", &MoeadSettings::neighbour_mating, "probability that parents are neighbours")
        .range(0, 1)
        .symbol("delta");
    d("replacements", &MoeadSettings::replacements, "neighbours that a child may replace; 0: all")
        .range(0, 1e6)
        .symbol("n_r");
}

std::unique_ptr<Optimiser> make_optimiser(GenomeSpace space, const MoeadSettings& settings)
{
    return std::make_unique<Moead>(std::move(space), settings);
}

}  // namespace espalier::moo
