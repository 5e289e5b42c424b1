// SPDX-License-Identifier: Apache-2.0
#include "espalier/moo/distance_to_front.hpp"

#include <cmath>
#include <limits>

#include "espalier/error.hpp"

namespace espalier::moo {
namespace {

double full(double found, double target)
{
    return found - target;
}

double worse_only(double found, double target)
{
    return std::max(found - target, 0.);
}

/// Mean over `from` of the distance to the nearest of `to`; `difference(from, to)` per objective.
template <typename Difference>
double mean_nearest(const Points& from, const Points& to, Difference difference)
{
    if (from.empty() || to.empty())
        throw Error("the distance between two fronts needs at least one point in each");
    if (from.columns() != to.columns())
        throw Error("the distance between two fronts needs the same number of objectives in both");
    double sum = 0;
    for (std::size_t a = 0; a < from.rows(); ++a) {
        double nearest = std::numeric_limits<double>::infinity();
        for (std::size_t b = 0; b < to.rows(); ++b) {
            double squares = 0;
            for (std::size_t m = 0; m < from.columns(); ++m)
                squares += std::pow(difference(from[a][m], to[b][m]), 2);
            nearest = std::min(nearest, squares);
        }
        sum += std::sqrt(nearest);
    }
    return sum / static_cast<double>(from.rows());
}

}  // namespace

double generational_distance(const Points& found, const Points& front)
{
    return mean_nearest(found, front, full);
}

double generational_distance_plus(const Points& found, const Points& front)
{
    return mean_nearest(found, front, worse_only);
}

double inverted_generational_distance(const Points& found, const Points& front)
{
    return mean_nearest(front, found, full);
}

double inverted_generational_distance_plus(const Points& found, const Points& front)
{
    return mean_nearest(front, found, [](double target, double value) { return worse_only(value, target); });
}

}  // namespace espalier::moo
