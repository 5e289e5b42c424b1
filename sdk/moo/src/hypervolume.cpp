// SPDX-License-Identifier: Apache-2.0
#include "espalier/moo/hypervolume.hpp"

#include <cmath>
#include <iterator>
#include <limits>
#include <map>
#include <numeric>
#include <string>

#include "espalier/error.hpp"
#include "espalier/moo/dominance.hpp"

namespace espalier::moo {
namespace {

void check(const Points& points, std::span<const double> reference)
{
    if (!points.empty() && points.columns() != reference.size())
        throw Error("hypervolume: points of " + std::to_string(points.columns()) + " objectives and a reference of " +
                    std::to_string(reference.size()));
    for (const auto values : {points.values(), reference}) {
        if (std::ranges::any_of(values, [](double value) { return std::isnan(value); }))
            throw Error("hypervolume: an objective is not a number");
    }
}

bool inside(std::span<const double> point, std::span<const double> reference)
{
    for (std::size_t m = 0; m < reference.size(); ++m) {
        if (point[m] >= reference[m])
            return false;
    }
    return true;
}

double box(std::span<const double> point, std::span<const double> reference)
{
    double volume = 1;
    for (std::size_t m = 0; m < reference.size(); ++m)
        volume *= reference[m] - point[m];
    return volume;
}

/// All points that are inside the box of `reference`.
Points inside_points(const Points& points, std::span<const double> reference)
{
    Points kept(reference.size());
    for (std::size_t row = 0; row < points.rows(); ++row) {
        if (inside(points[row], reference))
            kept.append(points[row]);
    }
    return kept;
}

double area(const Points& points, std::span<const double> reference)
{
    std::vector<std::pair<double, double>> sorted;
    for (std::size_t row = 0; row < points.rows(); ++row)
        sorted.emplace_back(points[row][0], points[row][1]);
    std::ranges::sort(sorted);
    double sum = 0, height = reference[1];
    for (const auto& [x, y] : sorted) {
        if (y < height) {
            sum += (reference[0] - x) * (height - y);
            height = y;
        }
    }
    return sum;
}

/// The union of boxes from points to a corner in the plane, grown point by point.
class Staircase {
public:
    explicit Staircase(std::span<const double> corner)
        : right_{corner[0]}, steps_{{-std::numeric_limits<double>::infinity(), corner[1]}}
    {
    }

    double area() const { return area_; }

    void add(double x, double y)
    {
        auto left = std::prev(steps_.upper_bound(x));  // the last step that begins at or before x
        double height = left->second;
        if (height <= y)
            return;
        double from = x;
        auto step = std::next(left);
        for (; step != steps_.end() && step->second >= y; step = steps_.erase(step)) {
            area_ += (step->first - from) * (height - y);
            from = step->first;
            height = step->second;
        }
        area_ += ((step == steps_.end() ? right_ : step->first) - from) * (height - y);
        steps_[x] = y;
    }

private:
    double right_, area_ = 0;
    std::map<double, double> steps_;  ///< height of the free space from here to the next step
};

double volume(const Points& points, std::span<const double> reference)
{
    Rows order(points.rows());
    std::iota(order.begin(), order.end(), 0U);
    std::ranges::sort(order, {}, [&points](std::uint32_t row) { return points[row][2]; });
    Staircase stairs(reference);
    double sum = 0;
    for (std::size_t i = 0; i < order.size(); ++i) {
        stairs.add(points[order[i]][0], points[order[i]][1]);
        const double next = i + 1 < order.size() ? points[order[i + 1]][2] : reference[2];
        sum += stairs.area() * (next - points[order[i]][2]);
    }
    return sum;
}

/// @param points all inside the box
double volume_of(const Points& points, std::span<const double> reference)
{
    switch (reference.size()) {
        case 0:
            return 0;
        case 1:
            return points.empty() ? 0 : reference[0] - *std::ranges::min_element(points.values());
        case 2:
            return area(points, reference);
        case 3:
            return volume(points, reference);
        default:
            break;
    }
    // Largest last objective first: limited to a point's box, all that follow have its last objective, so what they
    // share with it is a prism over a hypervolume of one objective less.
    const Points first = front(points);
    const std::size_t lower = reference.size() - 1;
    Rows order(first.rows());
    std::iota(order.begin(), order.end(), 0U);
    std::ranges::sort(order, [&](std::uint32_t a, std::uint32_t b) { return first[a][lower] > first[b][lower]; });
    double sum = 0;
    Points limited(lower);
    for (std::size_t i = 0; i < order.size(); ++i) {
        const auto point = first[order[i]];
        limited.resize(order.size() - i - 1);
        for (std::size_t j = i + 1; j < order.size(); ++j) {
            for (std::size_t m = 0; m < lower; ++m)
                limited[j - i - 1][m] = std::max(point[m], first[order[j]][m]);
        }
        const double base =
            box(point.first(lower), reference.first(lower)) - volume_of(limited, reference.first(lower));
        sum += base * (reference[lower] - point[lower]);
    }
    return sum;
}

/// What `point` adds to `others`, all inside the box.
double exclusive(std::span<const double> point, const Points& others, std::span<const double> reference)
{
    Points limited(reference.size(), others.rows());
    for (std::size_t row = 0; row < others.rows(); ++row) {
        for (std::size_t m = 0; m < reference.size(); ++m)
            limited[row][m] = std::max(point[m], others[row][m]);
    }
    return std::max(0., box(point, reference) - volume_of(limited, reference));
}

/// Whether a point of `others` dominates or equals it.
bool covered(std::span<const double> point, const Points& others)
{
    for (std::size_t row = 0; row < others.rows(); ++row) {
        if (dominates(others[row], point) || std::ranges::equal(others[row], point))
            return true;
    }
    return false;
}

/// Two objectives: between a point's neighbours in the sorted front.
void area_contributions(const Points& points, std::span<const double> reference, std::vector<double>& result)
{
    Rows rows;
    for (std::uint32_t row = 0; row < points.rows(); ++row) {
        if (inside(points[row], reference))
            rows.push_back(row);
    }
    std::ranges::sort(rows, [&points](std::uint32_t a, std::uint32_t b) {
        return points[a][0] != points[b][0] ? points[a][0] < points[b][0] : points[a][1] < points[b][1];
    });
    Rows front;
    for (const std::uint32_t row : rows) {
        if (front.empty() || points[row][1] < points[front.back()][1])
            front.push_back(row);
    }
    for (std::size_t i = 0; i < front.size(); ++i) {
        const auto point = points[front[i]];
        const double right = i + 1 < front.size() ? points[front[i + 1]][0] : reference[0];
        const double top = i > 0 ? points[front[i - 1]][1] : reference[1];
        result[front[i]] = (right - point[0]) * (top - point[1]);
    }
    // Other points, duplicates among them, lie in the corner between neighbours and take away what they dominate as
    // well.
    std::size_t owner = 0;
    std::vector<Points> covered(front.size(), Points(2));
    for (const std::uint32_t row : rows) {
        while (owner + 1 < front.size() && points[front[owner + 1]][0] <= points[row][0])
            ++owner;
        const double top = owner > 0 ? points[front[owner - 1]][1] : reference[1];
        if (row != front[owner] && points[row][1] < top)
            covered[owner].append(points[row]);
    }
    for (std::size_t i = 0; i < front.size(); ++i) {
        const double right = i + 1 < front.size() ? points[front[i + 1]][0] : reference[0];
        const double top = i > 0 ? points[front[i - 1]][1] : reference[1];
        if (!covered[i].empty())
            result[front[i]] -= area(covered[i], std::vector{right, top});
    }
}

}  // namespace

double hypervolume(const Points& points, std::span<const double> reference)
{
    check(points, reference);
    return volume_of(inside_points(points, reference), reference);
}

std::vector<double> hypervolume_contributions(const Points& points, std::span<const double> reference)
{
    check(points, reference);
    std::vector<double> result(points.rows());
    if (reference.size() == 2) {
        area_contributions(points, reference, result);
        return result;
    }
    for (std::size_t row = 0; row < points.rows(); ++row) {
        if (!inside(points[row], reference))
            continue;
        Points others(reference.size());
        for (std::size_t other = 0; other < points.rows(); ++other) {
            if (other != row && inside(points[other], reference))
                others.append(points[other]);
        }
        result[row] = exclusive(points[row], others, reference);
    }
    return result;
}

Rows greedy_hypervolume_subset(const Points& points, std::size_t count, std::span<const double> reference)
{
    check(points, reference);
    // A point's gain only shrinks while others are chosen: it is worked out anew only when it leads.
    std::vector<double> gain(points.rows());
    std::vector<std::size_t> valid_for(points.rows(), 0);
    for (std::size_t row = 0; row < points.rows(); ++row)
        gain[row] = inside(points[row], reference) ? box(points[row], reference) : 0;
    Rows open(points.rows()), chosen;
    std::iota(open.begin(), open.end(), 0U);
    Points taken(points.columns());
    while (chosen.size() < count && !open.empty()) {
        const auto best = std::ranges::max_element(open, {}, [&gain](std::uint32_t row) { return gain[row]; });
        const std::uint32_t row = *best;
        if (valid_for[row] != taken.rows() && gain[row] > 0) {
            gain[row] = std::min(gain[row], exclusive(points[row], taken, reference));
            valid_for[row] = taken.rows();
            continue;
        }
        chosen.push_back(row);
        if (inside(points[row], reference))
            taken.append(points[row]);
        open.erase(best);
    }
    return chosen;
}

std::vector<double> hypervolume_curve(const Points& points, std::span<const std::uint32_t> at, std::size_t length,
                                      std::span<const double> reference)
{
    check(points, reference);
    Points best(reference.size());  // what nobody dominates so far
    std::vector<double> curve(length);
    double volume = 0;
    std::size_t next = 0;
    for (std::size_t count = 1; count <= length; ++count) {
        for (; next < points.rows() && at[next] <= count; ++next) {
            const auto point = points[next];
            if (!inside(point, reference) || covered(point, best))
                continue;
            volume += exclusive(point, best, reference);
            Points left(reference.size());
            for (std::size_t row = 0; row < best.rows(); ++row) {
                if (!dominates(point, best[row]))
                    left.append(best[row]);
            }
            left.append(point);
            best = std::move(left);
        }
        curve[count - 1] = volume;
    }
    return curve;
}

}  // namespace espalier::moo
