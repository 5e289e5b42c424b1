// SPDX-License-Identifier: Apache-2.0
#include "espalier/moo/directions.hpp"

#include <cmath>
#include <limits>
#include <string>

#include "espalier/error.hpp"

namespace espalier::moo {
namespace {

constexpr double kSmallestSquare = 1e-12;  ///< keeps the energy of coinciding points finite

void fill_das_dennis(Points& result, std::vector<double>& row, std::size_t axis, std::size_t left,
                     std::size_t partitions)
{
    const double step = 1 / static_cast<double>(partitions);
    if (axis + 1 == row.size()) {
        row[axis] = static_cast<double>(left) * step;
        result.append(row);
        return;
    }
    for (std::size_t part = 0; part <= left; ++part) {
        row[axis] = static_cast<double>(part) * step;
        fill_das_dennis(result, row, axis + 1, left - part, partitions);
    }
}

double squared_distance(std::span<const double> a, std::span<const double> b)
{
    double sum = 0;
    for (std::size_t m = 0; m < a.size(); ++m)
        sum += (a[m] - b[m]) * (a[m] - b[m]);
    return sum;
}

/// A uniform point of the simplex: gaps between sorted uniform numbers (Kraemer).
void draw_simplex_point(std::span<double> point, Rng& rng)
{
    for (double& value : point.first(point.size() - 1))
        value = rng.uniform();
    point.back() = 1;
    std::ranges::sort(point);
    for (std::size_t m = point.size() - 1; m > 0; --m)
        point[m] -= point[m - 1];
}

Points simplex_corners(std::size_t objectives)
{
    Points corners(objectives, objectives);
    for (std::size_t m = 0; m < objectives; ++m)
        corners[m][m] = 1;
    return corners;
}

/// The corners, then the other points of the finest Das-Dennis lattice that has no more than `count`.
Points lattice_points(std::size_t objectives, std::size_t count)
{
    double size = static_cast<double>(objectives);
    std::size_t partitions = 1;
    for (;; ++partitions) {
        size *= static_cast<double>(partitions + objectives) / static_cast<double>(partitions + 1);
        if (std::round(size) > static_cast<double>(count))
            break;
    }
    const Points lattice = das_dennis_directions(objectives, partitions);
    Points result = simplex_corners(objectives);
    for (std::size_t row = 0; row < lattice.rows(); ++row) {
        if (*std::ranges::max_element(lattice[row]) < 1)
            result.append(lattice[row]);
    }
    return result;
}

/// `chosen`, and again and again the candidate that is farthest from all chosen ones.
Points with_farthest_points(Points chosen, std::size_t count, Rng& rng)
{
    const std::size_t objectives = chosen.columns();
    Points candidates(objectives, std::max<std::size_t>(50 * count, 1000));
    for (std::size_t row = 0; row < candidates.rows(); ++row)
        draw_simplex_point(candidates[row], rng);
    std::vector<double> nearest(candidates.rows(), std::numeric_limits<double>::infinity());
    for (std::size_t included = 0; chosen.rows() < count;) {
        for (; included < chosen.rows(); ++included) {
            for (std::size_t row = 0; row < candidates.rows(); ++row)
                nearest[row] = std::min(nearest[row], squared_distance(candidates[row], chosen[included]));
        }
        chosen.append(candidates[static_cast<std::size_t>(std::ranges::max_element(nearest) - nearest.begin())]);
    }
    return chosen;
}

/// log mean energy and, where `slope` is given, its gradient.
double energy(const Points& points, Points* slope)
{
    const auto power = static_cast<double>(points.columns());  // distance^(2 M) is squared distance^M
    if (slope)
        std::ranges::fill(slope->values(), 0.);
    double sum = 0;
    for (std::size_t i = 0; i < points.rows(); ++i) {
        for (std::size_t j = i + 1; j < points.rows(); ++j) {
            const double square = std::max(squared_distance(points[i], points[j]), kSmallestSquare);
            double term = 1;
            for (std::size_t m = 0; m < points.columns(); ++m)
                term /= square;
            sum += term;
            if (!slope)
                continue;
            for (std::size_t m = 0; m < points.columns(); ++m) {
                const double pull = -2 * power * term / square * (points[i][m] - points[j][m]);
                (*slope)[i][m] += pull;
                (*slope)[j][m] -= pull;
            }
        }
    }
    if (slope) {
        for (double& value : slope->values())
            value /= sum;
    }
    const std::size_t pairs = points.rows() * (points.rows() - 1) / 2;
    return std::log(sum / static_cast<double>(pairs));
}

/// Onto the plane of the simplex, each row in units of the longest; the corners stay.
void project_slope(Points& slope)
{
    const std::size_t objectives = slope.columns();
    double longest = 0;
    for (std::size_t row = 0; row < slope.rows(); ++row) {
        const auto values = slope[row];
        double mean = 0, squares = 0;
        for (const double value : values)
            mean += value / static_cast<double>(objectives);
        for (double& value : values) {
            value = row < objectives ? 0 : value - mean;
            squares += value * value;
        }
        longest = std::max(longest, std::sqrt(squares));
    }
    if (longest > 0) {
        for (double& value : slope.values())
            value /= longest;
    }
}

void project_point(std::span<double> point)
{
    double sum = 0;
    for (double& value : point) {
        value = std::max(value, 0.);
        sum += value;
    }
    for (double& value : point)
        value /= sum;
}

/// Adam (Kingma and Ba, 2015) with the step size given per step.
class Adam {
public:
    explicit Adam(std::size_t values) : mean_(values), square_(values) {}

    void step(std::span<double> values, std::span<const double> slope, double size)
    {
        ++steps_;
        const double mean_scale = 1 / (1 - std::pow(0.9, steps_)), square_scale = 1 / (1 - std::pow(0.999, steps_));
        for (std::size_t i = 0; i < values.size(); ++i) {
            mean_[i] = 0.9 * mean_[i] + 0.1 * slope[i];
            square_[i] = 0.999 * square_[i] + 0.001 * slope[i] * slope[i];
            values[i] -= size * mean_[i] * mean_scale / (std::sqrt(square_[i] * square_scale) + 1e-8);
        }
    }

private:
    std::vector<double> mean_, square_;
    int steps_ = 0;
};

/// How far the points moved on average.
double mean_move(const Points& from, const Points& to)
{
    double sum = 0;
    for (std::size_t row = 0; row < from.rows(); ++row)
        sum += std::sqrt(squared_distance(from[row], to[row]));
    return sum / static_cast<double>(from.rows());
}

Points relaxed(Points points)
{
    constexpr int kMostSteps = 1000, kPatience = 30;
    Points best = points, slope(points.columns(), points.rows());
    Adam adam(points.values().size());
    double lowest = energy(points, nullptr), size = 0.005;
    for (int step = 0, waited = 0; step < kMostSteps; ++step) {
        energy(points, &slope);
        project_slope(slope);
        const Points before = points;
        adam.step(points.values(), slope.values(), size);
        for (std::size_t row = 0; row < points.rows(); ++row)
            project_point(points[row]);
        if (const double now = energy(points, nullptr); now < lowest) {
            lowest = now;
            best = points;
            waited = 0;
        } else if (++waited > kPatience) {
            size /= 2;
            points = best;
            adam = Adam(points.values().size());
            waited = 0;
            continue;
        }
        if (mean_move(before, points) < 1e-5)
            break;
    }
    return best;
}

}  // namespace

Points das_dennis_directions(std::size_t objectives, std::size_t partitions)
{
    if (objectives < 2 || partitions == 0)
        throw Error("Das-Dennis directions need at least two objectives and one partition");
    Points result(objectives);
    std::vector<double> row(objectives);
    fill_das_dennis(result, row, 0, partitions, partitions);
    return result;
}

Points riesz_directions(std::size_t objectives, std::size_t count, Rng& rng)
{
    if (objectives < 2 || count < objectives)
        throw Error("Riesz directions need at least two objectives and one direction for each: " +
                    std::to_string(count) + " for " + std::to_string(objectives));
    if (objectives == 2)
        return das_dennis_directions(2, count - 1);
    if (count == objectives)
        return simplex_corners(objectives);
    constexpr int kRandomStarts = 4;
    Points best = relaxed(with_farthest_points(lattice_points(objectives, count), count, rng));
    for (int start = 0; start < kRandomStarts; ++start) {
        Points other = relaxed(with_farthest_points(simplex_corners(objectives), count, rng));
        if (riesz_energy(other) < riesz_energy(best))
            best = std::move(other);
    }
    return best;
}

double riesz_energy(const Points& directions)
{
    return energy(directions, nullptr);
}

}  // namespace espalier::moo
