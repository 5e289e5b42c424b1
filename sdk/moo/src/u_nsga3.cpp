// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "espalier/moo/dominance.hpp"

#include "association.hpp"
#include "generational.hpp"
#include "hyperplane.hpp"
#include "infinity.hpp"
#include "method_options.hpp"

namespace espalier::moo {
namespace {

/// Ideal, worst and nadir points that run along with the search (Deb and Jain, "An Evolutionary Many-Objective
/// Optimization Algorithm Using Reference-Point-Based Nondominated Sorting Approach, Part I", IEEE Trans. Evol. Comput.
/// 18(4), 2014, section IV-C).
class Box {
public:
    explicit Box(std::size_t objectives)
        : ideal_(objectives, kInfinity), worst_(objectives, -kInfinity), nadir_(objectives), extremes_(objectives)
    {
    }

    void update(const Points& points, std::span<const std::uint32_t> front)
    {
        for (std::size_t row = 0; row < points.rows(); ++row) {
            for (std::size_t m = 0; m < ideal_.size(); ++m) {
                ideal_[m] = std::min(ideal_[m], points[row][m]);
                worst_[m] = std::max(worst_[m], points[row][m]);
            }
        }
        find_extremes(points, front);
        find_nadir(points, front);
    }

    Points normalised(const Points& points) const
    {
        Points result(points.columns(), points.rows());
        for (std::size_t row = 0; row < points.rows(); ++row) {
            for (std::size_t m = 0; m < ideal_.size(); ++m) {
                const double range = nadir_[m] - ideal_[m];
                result[row][m] = (points[row][m] - ideal_[m]) / (range > 0 ? range : 1);
            }
        }
        return result;
    }

    void exchange(State& state)
    {
        state(ideal_);
        state(worst_);
        state(nadir_);
        state(extremes_);
    }

private:
    /// Per axis the smallest achievement scalarising function; earlier extremes stay candidates.
    void find_extremes(const Points& points, std::span<const std::uint32_t> front)
    {
        Points candidates = extremes_;
        for (const std::uint32_t row : front)
            candidates.append(points[row]);
        Points found(points.columns());
        for (std::size_t axis = 0; axis < ideal_.size(); ++axis) {
            double least = kInfinity;
            std::size_t best = 0;
            for (std::size_t i = 0; i < candidates.rows(); ++i) {
                double largest = -kInfinity;
                for (std::size_t m = 0; m < ideal_.size(); ++m) {
                    const double away = candidates[i][m] - ideal_[m];
                    largest = std::max(largest, (away < 1e-3 ? 0 : away) * (m == axis ? 1 : 1e6));
                }
                if (largest < least) {
                    least = largest;
                    best = i;
                }
            }
            found.append(candidates[best]);
        }
        extremes_ = std::move(found);
    }

    void find_nadir(const Points& points, std::span<const std::uint32_t> front)
    {
        Points moved = extremes_;
        for (std::size_t row = 0; row < moved.rows(); ++row) {
            for (std::size_t m = 0; m < ideal_.size(); ++m)
                moved[row][m] -= ideal_[m];
        }
        const auto cuts = intercepts(moved);
        bool usable = cuts.has_value();
        for (std::size_t m = 0; m < ideal_.size() && usable; ++m)
            usable = (*cuts)[m] > 1e-6;
        for (std::size_t m = 0; m < ideal_.size(); ++m) {
            if (usable) {
                nadir_[m] = std::min(ideal_[m] + (*cuts)[m], worst_[m]);
                continue;
            }
            nadir_[m] = -kInfinity;
            for (const std::uint32_t row : front)
                nadir_[m] = std::max(nadir_[m], points[row][m]);
        }
        for (std::size_t m = 0; m < ideal_.size(); ++m) {
            if (nadir_[m] - ideal_[m] > 1e-6)
                continue;
            for (std::size_t row = 0; row < points.rows(); ++row)
                nadir_[m] = std::max(nadir_[m], points[row][m]);
        }
    }

    std::vector<double> ideal_, worst_, nadir_;
    Points extremes_;
};

/// U-NSGA-III: Seada and Deb, "A Unified Evolutionary Optimization Procedure for Single, Multiple, and Many
/// Objectives", IEEE Trans. Evol. Comput. 20(3), 2016: NSGA-III's survival (Deb and Jain 2014, section IV) with niched
/// tournaments. Whole fronts survive; the front that does not fit fills the reference directions with the fewest
/// survivors.
///
/// Without `directions` there are as many as members. A population smaller than the directions leaves niches empty.
class UNsga3 final : public Generational {
public:
    UNsga3(GenomeSpace space, const UNsga3Settings& settings)
        : Generational(UNsga3Settings::kName, std::move(space), settings),
          directions_{checked_directions(settings.directions, this->space().objectives, settings.population)},
          box_(this->space().objectives)
    {
    }

    std::string warning() const override
    {
        if (wanted_ >= directions_.rows())
            return {};
        return "u_nsga3: a population of " + std::to_string(wanted_) + " cannot fill " +
               std::to_string(directions_.rows()) + " reference directions; some stay without a member";
    }

private:
    void survive(std::size_t wanted, Rng& rng) override
    {
        place();
        Rows survivors;
        Rows counts(directions_.rows(), 0);
        for (std::size_t k = 0; survivors.size() < wanted; ++k) {
            const auto front = fronts_[k];
            const std::size_t room = wanted - survivors.size();
            const Rows taken =
                front.size() <= room ? Rows(front.begin(), front.end()) : fill_niches(front, room, counts, rng);
            for (const std::uint32_t row : taken) {
                survivors.push_back(row);
                ++counts[places_.niche[row]];
            }
        }
        keep(survivors);
        Association kept;
        Rows ranks;
        for (const std::uint32_t row : survivors) {
            kept.niche.push_back(places_.niche[row]);
            kept.distance.push_back(places_.distance[row]);
            ranks.push_back(ranks_[row]);
        }
        places_ = std::move(kept);
        ranks_ = std::move(ranks);
    }
    void refresh(Rng&) override { place(); }

    void place()
    {
        fronts_.sort(population_.objectives, population_.violations);
        ranks_.resize(population_.size());
        for (std::size_t row = 0; row < population_.size(); ++row)
            ranks_[row] = fronts_.rank(row);
        if (fronts_.count() == 0)
            return;
        box_.update(population_.objectives, fronts_[0]);
        places_ = associate(box_.normalised(population_.objectives), directions_);
    }

    /// @param counts survivors per direction so far; its own picks are counted in a copy
    Rows fill_niches(std::span<const std::uint32_t> front, std::size_t room, Rows counts, Rng& rng) const
    {
        std::vector<Rows> waiting(directions_.rows());
        for (const std::uint32_t row : front)
            waiting[places_.niche[row]].push_back(row);
        Rows open, picked;
        for (std::uint32_t k = 0; k < waiting.size(); ++k) {
            if (!waiting[k].empty())
                open.push_back(k);
        }
        while (picked.size() < room) {
            const std::uint32_t niche = emptiest(open, counts, rng);
            Rows& members = waiting[niche];
            const auto nearest =
                std::ranges::min_element(members, {}, [this](std::uint32_t row) { return places_.distance[row]; });
            const auto chosen =
                counts[niche] == 0 ? nearest : members.begin() + static_cast<std::ptrdiff_t>(rng.below(members.size()));
            picked.push_back(*chosen);
            members.erase(chosen);
            ++counts[niche];
            if (members.empty())
                std::erase(open, niche);
        }
        return picked;
    }

    static std::uint32_t emptiest(const Rows& open, const Rows& counts, Rng& rng)
    {
        std::uint32_t least = ~0U;
        Rows ties;
        for (const std::uint32_t niche : open) {
            if (counts[niche] < least) {
                least = counts[niche];
                ties.clear();
            }
            if (counts[niche] == least)
                ties.push_back(niche);
        }
        return ties[rng.below(ties.size())];
    }

    std::uint32_t winner(std::uint32_t a, std::uint32_t b, Rng& rng) const override
    {
        if (population_.violations[a] > 0 || population_.violations[b] > 0) {
            if (population_.violations[a] != population_.violations[b])
                return population_.violations[a] < population_.violations[b] ? a : b;
        }
        if (places_.niche[a] == places_.niche[b]) {
            if (ranks_[a] != ranks_[b])
                return ranks_[a] < ranks_[b] ? a : b;
            if (places_.distance[a] != places_.distance[b])
                return places_.distance[a] < places_.distance[b] ? a : b;
        }
        return (rng() & 1U) != 0 ? a : b;
    }

    void exchange(State& state) override
    {
        Generational::exchange(state);
        state(ranks_);
        state(places_.niche);
        state(places_.distance);
        box_.exchange(state);
    }

    Points directions_;
    Box box_;
    Fronts fronts_;
    Rows ranks_;
    Association places_;
};

}  // namespace

void UNsga3Settings::describe(Describe<UNsga3Settings>& d)
{
    describe_breeding(d);
}

std::unique_ptr<Optimiser> make_optimiser(GenomeSpace space, const UNsga3Settings& settings)
{
    return std::make_unique<UNsga3>(std::move(space), settings);
}

}  // namespace espalier::moo
