// SPDX-License-Identifier: Apache-2.0
#include "association.hpp"

#include <cmath>
#include <limits>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "espalier/error.hpp"
#include "espalier/moo/directions.hpp"

namespace espalier::moo {

Association associate(const Points& points, const Points& directions)
{
    std::vector<double> scale(directions.rows());
    for (std::size_t k = 0; k < directions.rows(); ++k) {
        double squares = 0;
        for (const double value : directions[k])
            squares += value * value;
        scale[k] = 1 / squares;
    }
    Association result{Rows(points.rows()), std::vector<double>(points.rows())};
    for (std::size_t row = 0; row < points.rows(); ++row) {
        const auto point = points[row];
        double norm = 0, nearest = std::numeric_limits<double>::infinity();
        for (const double value : point)
            norm += value * value;
        for (std::uint32_t k = 0; k < directions.rows(); ++k) {
            double along = 0;
            for (std::size_t m = 0; m < point.size(); ++m)
                along += point[m] * directions[k][m];
            if (const double square = norm - along * along * scale[k]; square < nearest) {
                nearest = square;
                result.niche[row] = k;
            }
        }
        result.distance[row] = std::sqrt(std::max(nearest, 0.));
    }
    return result;
}

/// Riesz directions take seconds where there are hundreds, and an inner search in rounds asks for the same ones.
Points spread_directions(std::size_t objectives, std::size_t count)
{
    static std::mutex access;
    static std::map<std::pair<std::size_t, std::size_t>, Points> known;
    const std::lock_guard lock(access);
    auto found = known.find({objectives, count});
    if (found == known.end()) {
        Rng rng(0, "reference directions");
        found = known.emplace(std::pair(objectives, count), riesz_directions(objectives, count, rng)).first;
    }
    return found->second;
}

Points checked_directions(const Points& wanted, std::size_t objectives, std::size_t count)
{
    if (wanted.empty() && count < objectives)
        throw Error("there is one reference direction for each member of the population, and " +
                    std::to_string(objectives) + " objectives need at least " + std::to_string(objectives) +
                    ": set `population` to " + std::to_string(objectives) + " or more");
    if (wanted.empty())
        return spread_directions(objectives, count);
    if (wanted.columns() != objectives)
        throw Error("the reference directions have " + std::to_string(wanted.columns()) +
                    " objectives, the search has " + std::to_string(objectives));
    return wanted;
}

Settings one_each(const Settings& settings, const Points& directions)
{
    Settings result = settings;
    if (!directions.empty())
        result.population = directions.rows();
    return result;
}

}  // namespace espalier::moo
