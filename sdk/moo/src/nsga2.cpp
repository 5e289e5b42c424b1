// SPDX-License-Identifier: Apache-2.0
#include <numeric>

#include "espalier/moo/crowding.hpp"
#include "espalier/moo/dominance.hpp"

#include "generational.hpp"
#include "method_options.hpp"

namespace espalier::moo {
namespace {

/// NSGA-II: Deb, Pratap, Agarwal, Meyarivan, "A fast and elitist multiobjective genetic algorithm: NSGA-II", IEEE
/// Trans. Evol. Comput. 6(2), 2002, sections III-A to III-C. Whole fronts survive; of the front that does not fit the
/// least crowded do.
///
/// As in pymoo the tournament compares two members by dominance, then by crowding distance, then by a coin; the paper
/// compares ranks.
class Nsga2 final : public Generational {
public:
    Nsga2(GenomeSpace space, const Nsga2Settings& settings)
        : Generational(Nsga2Settings::kName, std::move(space), settings)
    {
    }

private:
    void survive(std::size_t wanted, Rng& rng) override
    {
        fronts_.sort(population_.objectives, population_.violations);
        chosen_.clear();
        for (std::size_t k = 0; chosen_.size() < wanted; ++k) {
            measure(fronts_[k]);
            const std::size_t room = wanted - chosen_.size();
            if (order_.size() > room)
                cut(fronts_[k], room, rng);
            for (const std::uint32_t place : order_)
                chosen_.emplace_back(fronts_[k][place], distances_[place]);
        }
        std::ranges::sort(chosen_);  // by row: whichever objective is named first, the same search
        survivors_.clear();
        crowding_.clear();
        for (const auto& [row, distance] : chosen_) {
            survivors_.push_back(row);
            crowding_.push_back(distance);
        }
        keep(survivors_);
    }

    /// Crowding of the front as a whole; all places of it in `order_`.
    void measure(std::span<const std::uint32_t> front)
    {
        distances_.resize(front.size());
        crowding_distances(population_.objectives, front, distances_);
        order_.resize(front.size());
        std::iota(order_.begin(), order_.end(), 0U);
    }

    void cut(std::span<const std::uint32_t> front, std::size_t room, Rng& rng)
    {
        std::ranges::sort(order_, {}, [front](std::uint32_t place) { return front[place]; });
        shuffle(order_, rng);  // equal distances: chance decides
        std::ranges::stable_sort(order_, std::greater{}, [this](std::uint32_t place) { return distances_[place]; });
        order_.resize(room);
    }

    void refresh(Rng&) override
    {
        fronts_.sort(population_.objectives, population_.violations);
        crowding_.resize(population_.size());
        for (std::size_t k = 0; k < fronts_.count(); ++k) {
            measure(fronts_[k]);
            for (std::size_t i = 0; i < distances_.size(); ++i)
                crowding_[fronts_[k][i]] = distances_[i];
        }
    }

    std::uint32_t winner(std::uint32_t a, std::uint32_t b, Rng& rng) const override
    {
        if (dominates(population_, a, b))
            return a;
        if (dominates(population_, b, a))
            return b;
        if (crowding_[a] != crowding_[b])
            return crowding_[a] > crowding_[b] ? a : b;
        return (rng() & 1U) != 0 ? a : b;
    }

    void exchange(State& state) override
    {
        Generational::exchange(state);
        state(crowding_);
    }

    Fronts fronts_;
    Rows survivors_, order_;
    std::vector<std::pair<std::uint32_t, double>> chosen_;  ///< row and crowding
    std::vector<double> distances_, crowding_;
};

}  // namespace

void Nsga2Settings::describe(Describe<Nsga2Settings>& d)
{
    describe_breeding(d);
}

std::unique_ptr<Optimiser> make_optimiser(GenomeSpace space, const Nsga2Settings& settings)
{
    return std::make_unique<Nsga2>(std::move(space), settings);
}

}  // namespace espalier::moo
