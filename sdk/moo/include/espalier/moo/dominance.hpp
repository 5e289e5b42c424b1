// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <span>
#include <utility>
#include <vector>

#include "espalier/moo/table.hpp"

namespace espalier::moo {

/// Nowhere larger and somewhere smaller. Equal points do not dominate each other, nor does a NaN or what it stands in.
bool dominates(std::span<const double> a, std::span<const double> b);

/// Feasibility first (Deb, "An efficient constraint handling method for genetic algorithms", 2000): a violation of 0 is
/// feasible and beats every larger one; of two infeasible points the smaller violation wins whatever the objectives. A
/// violation that is a NaN is infinite.
bool dominates(std::span<const double> a, double violation_a, std::span<const double> b, double violation_b);

/// Non-dominated sorting. Keeps its memory: sorting again with the same object allocates nothing.
///
/// Two objectives: a sweep with binary search, O(n log n). More: efficient non-dominated sort with binary search
/// (Zhang, Tian, Cheng, Jin, IEEE Trans. Evol. Comput. 19(2), 2015). Infeasible points follow all feasible ones, one
/// front for each amount of violation; a point with a NaN is infinitely far from feasible.
class Fronts {
public:
    Fronts() = default;
    explicit Fronts(const Points& points, std::span<const double> violations = {}) { sort(points, violations); }
    /// @param violations one per point, or none at all: all feasible.
    void sort(const Points& points, std::span<const double> violations = {});

    std::size_t count() const { return begins_.empty() ? 0 : begins_.size() - 1; }
    /// The rows of front `k`, in ascending lexicographic order of their objectives. Valid until the next `sort`.
    std::span<const std::uint32_t> operator[](std::size_t k) const
    {
        return {order_.data() + begins_[k], begins_[k + 1] - begins_[k]};
    }
    std::uint32_t rank(std::size_t row) const { return ranks_[row]; }

private:
    struct Pair {
        double first, second;
        std::uint32_t row;
    };
    void sort_pairs(const Points& points);
    void sort_many(const Points& points);
    void append_infeasible();
    bool in_front_dominates(const Points& points, std::size_t front, std::uint32_t row) const;
    void gather(std::size_t points);

    Rows order_, begins_, ranks_;
    Rows sorted_, last_, previous_;
    std::vector<std::pair<double, std::uint32_t>> infeasible_;  // violation and row
    std::vector<Pair> pairs_, lasts_;
};

/// The points that nobody dominates, each once, in ascending lexicographic order.
Points front(const Points& points);
/// The rows that nobody dominates, ascending.
Rows non_dominated(const Points& points, std::span<const double> violations = {});

}  // namespace espalier::moo
