// SPDX-License-Identifier: Apache-2.0
#include "espalier/moo/dominance.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "infinity.hpp"

namespace espalier::moo {
namespace {

/// What is not known is as far outside as can be.
double or_infinite(double violation)
{
    if (std::isnan(violation))
        return kInfinity;
    return violation;
}

}  // namespace

bool dominates(std::span<const double> a, std::span<const double> b)
{
    bool smaller = false;
    for (std::size_t m = 0; m < a.size(); ++m) {
        if (!(a[m] <= b[m]))
            return false;
        smaller |= a[m] < b[m];
    }
    return smaller;
}

bool dominates(std::span<const double> a, double violation_a, std::span<const double> b, double violation_b)
{
    if (!(violation_a <= 0 && violation_b <= 0))
        return or_infinite(violation_a) < or_infinite(violation_b);
    return dominates(a, b);
}

void Fronts::sort(const Points& points, std::span<const double> violations)
{
    sorted_.clear();
    infeasible_.clear();
    ranks_.assign(points.rows(), 0);
    for (std::uint32_t row = 0; row < points.rows(); ++row) {
        const bool known = std::ranges::none_of(points[row], [](double value) { return std::isnan(value); });
        const double violation = known && violations.empty() ? 0 : known ? or_infinite(violations[row]) : kInfinity;
        if (violation <= 0)
            sorted_.push_back(row);
        else
            infeasible_.emplace_back(violation, row);
    }
    last_.clear();
    if (points.columns() == 2)
        sort_pairs(points);
    else
        sort_many(points);
    append_infeasible();
    gather(points.rows());
}

void Fronts::sort_pairs(const Points& points)
{
    pairs_.clear();
    for (const std::uint32_t row : sorted_)
        pairs_.push_back({points[row][0], points[row][1], row});
    std::ranges::sort(pairs_, [](const Pair& a, const Pair& b) {
        if (a.first != b.first)
            return a.first < b.first;
        return a.second != b.second ? a.second < b.second : a.row < b.row;
    });
    // Among those before it in this order only a front's last member can dominate a point where any member does.
    lasts_.clear();
    for (std::size_t i = 0; i < pairs_.size(); ++i) {
        const Pair& point = pairs_[i];
        const auto front = std::ranges::partition_point(lasts_, [&point](const Pair& last) {
            return last.second < point.second || (last.second == point.second && last.first < point.first);
        });
        ranks_[point.row] = static_cast<std::uint32_t>(front - lasts_.begin());
        if (front == lasts_.end())
            lasts_.push_back(point);
        else
            *front = point;
        sorted_[i] = point.row;
    }
    last_.resize(lasts_.size());
}

void Fronts::sort_many(const Points& points)
{
    std::ranges::sort(sorted_, [&points](std::uint32_t a, std::uint32_t b) {
        const auto left = points[a], right = points[b];
        for (std::size_t m = 0; m < left.size(); ++m) {
            if (left[m] != right[m])
                return left[m] < right[m];
        }
        return a < b;
    });
    previous_.resize(points.rows());  // the fronts as linked lists, newest member first
    for (const std::uint32_t row : sorted_) {
        std::size_t low = 0, high = last_.size();
        while (low < high) {
            const std::size_t middle = (low + high) / 2;
            if (in_front_dominates(points, middle, row))
                low = middle + 1;
            else
                high = middle;
        }
        ranks_[row] = static_cast<std::uint32_t>(low);
        if (low == last_.size())
            last_.push_back(row);
        previous_[row] = last_[low];  // itself where it is the first
        last_[low] = row;
    }
}

bool Fronts::in_front_dominates(const Points& points, std::size_t front, std::uint32_t row) const
{
    for (std::uint32_t member = last_[front];; member = previous_[member]) {
        if (dominates(points[member], points[row]))
            return true;
        if (previous_[member] == member)
            return false;
    }
}

void Fronts::append_infeasible()
{
    std::ranges::sort(infeasible_);
    for (std::size_t i = 0; i < infeasible_.size(); ++i) {
        const auto [violation, row] = infeasible_[i];
        if (i == 0 || infeasible_[i - 1].first != violation)
            last_.push_back(row);
        ranks_[row] = static_cast<std::uint32_t>(last_.size() - 1);
        sorted_.push_back(row);
    }
}

void Fronts::gather(std::size_t points)
{
    begins_.assign(last_.size() + 1, 0);
    for (const std::uint32_t row : sorted_)
        ++begins_[ranks_[row] + 1];
    std::inclusive_scan(begins_.begin(), begins_.end(), begins_.begin());
    order_.resize(points);
    last_.assign(begins_.begin(), begins_.end());
    for (const std::uint32_t row : sorted_)
        order_[last_[ranks_[row]]++] = row;
}

Points front(const Points& points)
{
    Points kept(points.columns());
    const Fronts fronts(points);
    if (fronts.count() == 0)
        return kept;
    for (const std::uint32_t row : fronts[0]) {
        if (kept.empty() || !std::ranges::equal(kept[kept.rows() - 1], points[row]))
            kept.append(points[row]);
    }
    return kept;
}

Rows non_dominated(const Points& points, std::span<const double> violations)
{
    const Fronts fronts(points, violations);
    if (fronts.count() == 0)
        return {};
    Rows rows(fronts[0].begin(), fronts[0].end());
    std::ranges::sort(rows);
    return rows;
}

}  // namespace espalier::moo
