// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <limits>
#include <vector>

#include "espalier/moo/dominance.hpp"

#include "state.hpp"

namespace espalier::moo {

/// Moves objectives to the ideal point of all that was seen and, where wanted, divides them by their range up to a
/// nadir point: otherwise the objective with the largest numbers decides alone.
///
/// The nadir is the worst of the non-dominated members and of the best point ever seen in each objective. Without the
/// latter a population that loses an end of the front would make the rest its measure and never look for that end
/// again.
class Scaling {
public:
    Scaling(std::size_t objectives, bool divides)
        : divides_{divides},
          ideal_(objectives, std::numeric_limits<double>::infinity()),
          factor_(objectives, 1),
          extremes_(objectives)
    {
    }

    void see(const Population& told)
    {
        for (std::size_t row = 0; row < told.size(); ++row) {
            for (std::size_t m = 0; m < ideal_.size(); ++m)
                ideal_[m] = std::min(ideal_[m], told.objectives[row][m]);
            if (told.violations[row] <= 0)
                see_extreme(told.objectives[row]);
        }
    }
    /// The range becomes that of the non-dominated members of `population`.
    void measure(const Population& population)
    {
        if (!divides_)
            return;
        const Rows front = non_dominated(population.objectives, population.violations);
        for (std::size_t m = 0; m < ideal_.size(); ++m) {
            double nadir = ideal_[m];
            for (const std::uint32_t row : front)
                nadir = std::max(nadir, population.objectives[row][m]);
            for (std::size_t row = 0; row < extremes_.rows(); ++row)
                nadir = std::max(nadir, extremes_[row][m]);
            const double range = nadir - ideal_[m];
            factor_[m] = range > 1e-12 ? 1 / range : 1;
        }
    }
    double operator()(double value, std::size_t objective) const
    {
        return (value - ideal_[objective]) * factor_[objective];
    }
    Points operator()(const Points& points) const
    {
        Points result(points.columns(), points.rows());
        for (std::size_t row = 0; row < points.rows(); ++row) {
            for (std::size_t m = 0; m < points.columns(); ++m)
                result[row][m] = (*this)(points[row][m], m);
        }
        return result;
    }
    void exchange(State& state)
    {
        state(ideal_);
        state(factor_);
        state(extremes_);
    }

private:
    void see_extreme(std::span<const double> point)
    {
        const bool first = extremes_.empty();
        for (std::size_t m = 0; m < ideal_.size(); ++m) {
            if (first) {
                extremes_.append(point);
                continue;
            }
            const auto best = extremes_[m];
            if (point[m] < best[m] || (point[m] == best[m] && dominates(point, best)))
                std::ranges::copy(point, best.begin());
        }
    }

    bool divides_;
    std::vector<double> ideal_, factor_;
    Points extremes_;  ///< row m: the feasible point with the smallest objective m
};

}  // namespace espalier::moo
