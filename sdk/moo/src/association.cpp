// SPDX-License-Identifier: Apache-2.0
#include "association.hpp"

#include <cmath>
#include <limits>
#include <string>

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

Points checked_directions(const Points& wanted, std::size_t objectives, std::size_t count, std::uint64_t seed)
{
    if (wanted.empty()) {
        Rng rng(seed, "reference directions");
        return riesz_directions(objectives, count, rng);
    }
    if (wanted.columns() != objectives)
        throw Error("the reference directions have " + std::to_string(wanted.columns()) +
                    " objectives, the search has " + std::to_string(objectives));
    return wanted;
}

}  // namespace espalier::moo
