// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <compare>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "espalier/rng.hpp"

#include "host/calls/asked_component.hpp"

namespace espalier::host {

/// The constraints on what costs give at once, and what an architecture makes of them.
class BoundedCosts {
public:
    using Values = std::vector<double>;  ///< one for each constraint
    /// Both are lent.
    BoundedCosts(AskedComponents&, RunServices&);

    std::span<const Constraint* const> constraints() const { return constraints_; }
    std::optional<Values> known(const Metrics&) const;  ///< null: not all are known
    std::optional<Values> price(const Architecture&);

private:
    const SearchSpace& space_;
    std::vector<const Constraint*> constraints_;
    std::vector<AskedComponent*> givers_;
};

/// Finds the architectures whose costs are lowest by some measure: among all of a space of up to 20,000, else by
/// several descents, decision by decision.
class Extremes {
public:
    struct Priced {
        Architecture architecture;
        BoundedCosts::Values values;
    };
    /// Lower is better; the second counts among equals of the first.
    struct Score {
        double first = 0, second = 0;
        auto operator<=>(const Score&) const = default;  // NOLINT(modernize-use-nullptr): compared with no 0
    };
    using Judge = std::function<Score(std::span<const double>)>;

    /// All are lent but `seen`: where descents may begin.
    Extremes(BoundedCosts&, const SearchSpace&, std::vector<Priced> seen);

    bool exact() const;  ///< everything is known
    double size() const { return whole_.size(); }
    /// Looks for what has a low score.
    void explore(const Judge&);
    /// Of all that was seen, whatever it was explored for.
    std::optional<Priced> lowest(const Judge&) const;

private:
    void enumerate();
    std::optional<Priced> priced(Architecture);
    void descend(Priced& here, const Judge&);

    BoundedCosts& costs_;
    const SearchSpace& space_;
    Region whole_;
    std::vector<Priced> seen_;
    Rng rng_{1, "least cost"};
    std::size_t prices_ = 0;
};

}  // namespace espalier::host
