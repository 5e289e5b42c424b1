// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <numeric>
#include <utility>

#include "espalier/moo/dominance.hpp"

#include "generational.hpp"
#include "hyperplane.hpp"
#include "infinity.hpp"
#include "method_options.hpp"

namespace espalier::moo {
namespace {

/// Survival scores of one generation, larger is better (paper, sections 3.1 to 3.4).
class Geometry {
public:
    /// @param front the rows of the first front; fixes ideal point, normalisation and curvature
    Geometry(const Points& points, std::span<const std::uint32_t> front)
        : objectives_{points.columns()},
          ideal_(objectives_, kInfinity),
          scale_(objectives_, 0),
          scores_(front.size(), 0)
    {
        for (const std::uint32_t row : front) {
            for (std::size_t m = 0; m < objectives_; ++m)
                ideal_[m] = std::min(ideal_[m], points[row][m]);
        }
        Points moved(objectives_, front.size());
        for (std::size_t i = 0; i < front.size(); ++i) {
            for (std::size_t m = 0; m < objectives_; ++m) {
                moved[i][m] = points[front[i]][m] - ideal_[m];
                scale_[m] = std::max(scale_[m], moved[i][m]);
            }
        }
        Rows corners;
        if (front.size() >= objectives_) {
            corners = corner_points(moved);
            Points plane(objectives_);
            for (const std::uint32_t corner : corners)
                plane.append(moved[corner]);
            if (const auto cuts = intercepts(plane))
                scale_ = *cuts;
        }
        for (double& scale : scale_)
            scale = scale > 0 ? 1 / scale : 1;
        for (std::size_t i = 0; i < front.size(); ++i) {
            for (std::size_t m = 0; m < objectives_; ++m)
                moved[i][m] *= scale_[m];
        }
        if (front.size() >= objectives_) {
            curvature_ = curvature(moved, corners);
            score_first(moved, corners);
        }
    }

    /// Of the members of the first front, in its order; the corners have infinity.
    std::span<const double> first_front() const { return scores_; }

    /// Of a point of a later front: its proximity to the ideal point.
    double later(std::span<const double> point) const
    {
        std::vector<double> moved(objectives_);
        for (std::size_t m = 0; m < objectives_; ++m)
            moved[m] = (point[m] - ideal_[m]) * scale_[m];
        const double length = norm(moved);
        return length > 0 ? 1 / length : kInfinity;
    }

private:
    /// Per axis the point nearest to it, no point twice.
    Rows corner_points(const Points& moved) const
    {
        Rows corners;
        for (std::size_t axis = 0; axis < objectives_; ++axis) {
            std::vector<double> line(objectives_, 1e-6);
            line[axis] += 1;
            std::uint32_t best = 0;
            double nearest = kInfinity;
            for (std::uint32_t i = 0; i < moved.rows(); ++i) {
                if (std::ranges::find(corners, i) != corners.end())
                    continue;
                if (const double distance = from_line(moved[i], line); distance < nearest) {
                    nearest = distance;
                    best = i;
                }
            }
            corners.push_back(best);
        }
        return corners;
    }

    static double from_line(std::span<const double> point, std::span<const double> line)
    {
        double along = 0, line_square = 0, square = 0;
        for (std::size_t m = 0; m < point.size(); ++m) {
            along += point[m] * line[m];
            line_square += line[m] * line[m];
            square += point[m] * point[m];
        }
        return std::max(0., square - along * along / line_square);
    }

    /// p of the norm whose unit sphere the front resembles, from the point in its middle.
    double curvature(const Points& points, const Rows& corners) const
    {
        const std::vector<double> diagonal(objectives_, 1);
        double nearest = kInfinity, mean = 0;
        for (std::uint32_t i = 0; i < points.rows(); ++i) {
            if (std::ranges::find(corners, i) != corners.end())
                continue;
            if (const double distance = from_line(points[i], diagonal); distance < nearest) {
                nearest = distance;
                mean = std::accumulate(points[i].begin(), points[i].end(), 0.) / static_cast<double>(objectives_);
            }
        }
        const double p = std::log(static_cast<double>(objectives_)) / std::log(1 / mean);
        if (!std::isfinite(p) || p <= 0.1)
            return 1;
        return std::min(p, 20.);
    }

    double power(double value) const
    {
        value = std::abs(value);
        return curvature_ == 1 ? value : std::pow(value, curvature_);
    }
    double norm(std::span<const double> point) const
    {
        double sum = 0;
        for (const double value : point)
            sum += power(value);
        return std::pow(sum, 1 / curvature_);
    }
    double distance(std::span<const double> a, std::span<const double> b) const
    {
        double sum = 0;
        for (std::size_t m = 0; m < a.size(); ++m)
            sum += power(a[m] - b[m]);
        return std::pow(sum, 1 / curvature_);
    }

    /// Greedy: the point whose two nearest scored points are farthest, in units of its own norm, comes next.
    void score_first(const Points& points, const Rows& corners)
    {
        struct Nearest {
            double first = kInfinity, second = kInfinity, norm = 1;
        };
        std::vector<Nearest> nearest(points.rows());
        Rows open;
        for (std::uint32_t i = 0; i < points.rows(); ++i) {
            if (std::ranges::find(corners, i) != corners.end()) {
                scores_[i] = kInfinity;
                continue;
            }
            open.push_back(i);
            if (const double length = norm(points[i]); length >= 1e-8)
                nearest[i].norm = length;
        }
        const auto include = [&](std::uint32_t scored) {
            for (const std::uint32_t i : open) {
                const double now = distance(points[i], points[scored]);
                Nearest& two = nearest[i];
                if (now < two.first)
                    two.second = std::exchange(two.first, now);
                else
                    two.second = std::min(two.second, now);
            }
        };
        for (const std::uint32_t corner : corners)
            include(corner);
        const auto score = [&](std::uint32_t i) { return (nearest[i].first + nearest[i].second) / nearest[i].norm; };
        while (!open.empty()) {
            const auto best = std::ranges::max_element(open, {}, score);
            const std::uint32_t row = *best;
            scores_[row] = score(row);
            open.erase(best);
            include(row);
        }
    }

    std::size_t objectives_;
    std::vector<double> ideal_, scale_, scores_;
    double curvature_ = 1;
};

/// AGE-MOEA: Panichella, "An Adaptive Evolutionary Algorithm based on Non-Euclidean Geometry for Many-objective
/// Optimization", GECCO 2019. Whole fronts survive; the front that does not fit is cut by survival score: diversity
/// over proximity in the first front, proximity in later ones, in the norm that fits the first front's curvature.
/// Tournaments by rank, then score.
///
/// Differs from pymoo, which scores no cut front but the first, so that chance decides there, and subtracts the ideal
/// point in raw units from normalised later fronts. Of equal scores the earlier row survives.
class AgeMoea final : public Generational {
public:
    AgeMoea(GenomeSpace space, const AgeMoeaSettings& settings)
        : Generational(AgeMoeaSettings::kName, std::move(space), settings)
    {
        if (this->space().objectives < 2)
            throw Error("age_moea searches for two objectives or more; ga takes one");
    }

private:
    void survive(std::size_t wanted, Rng&) override
    {
        score();
        Rows survivors;
        for (std::size_t k = 0; survivors.size() < wanted; ++k) {
            Rows front(fronts_[k].begin(), fronts_[k].end());
            const std::size_t room = wanted - survivors.size();
            if (front.size() > room) {
                std::ranges::stable_sort(front, std::greater{}, [this](std::uint32_t row) { return scores_[row]; });
                front.resize(room);
            }
            survivors.insert(survivors.end(), front.begin(), front.end());
        }
        keep(survivors);
        for (auto* values : {&scores_, &ranks_}) {
            const std::vector<double> all = *values;
            values->clear();
            for (const std::uint32_t row : survivors)
                values->push_back(all[row]);
        }
    }
    void refresh(Rng&) override { score(); }

    void score()
    {
        fronts_.sort(population_.objectives, population_.violations);
        scores_.assign(population_.size(), 0);
        ranks_.resize(population_.size());
        for (std::size_t row = 0; row < population_.size(); ++row)
            ranks_[row] = fronts_.rank(row);
        if (fronts_.count() == 0)
            return;
        const Geometry geometry(population_.objectives, fronts_[0]);
        for (std::size_t i = 0; i < fronts_[0].size(); ++i)
            scores_[fronts_[0][i]] = geometry.first_front()[i];
        for (std::size_t k = 1; k < fronts_.count(); ++k) {
            for (const std::uint32_t row : fronts_[k])
                scores_[row] = geometry.later(population_.objectives[row]);
        }
    }

    std::uint32_t winner(std::uint32_t a, std::uint32_t b, Rng& rng) const override
    {
        if (ranks_[a] != ranks_[b])
            return ranks_[a] < ranks_[b] ? a : b;
        if (scores_[a] != scores_[b])
            return scores_[a] > scores_[b] ? a : b;
        return (rng() & 1U) != 0 ? a : b;
    }

    void exchange(State& state) override
    {
        Generational::exchange(state);
        state(scores_);
        state(ranks_);
    }

    Fronts fronts_;
    std::vector<double> scores_, ranks_;
};

}  // namespace

void AgeMoeaSettings::describe(Describe<AgeMoeaSettings>& d)
{
    describe_breeding(d);
}

std::unique_ptr<Optimiser> make_optimiser(GenomeSpace space, const AgeMoeaSettings& settings)
{
    return std::make_unique<AgeMoea>(std::move(space), settings);
}

}  // namespace espalier::moo
