// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "espalier/export.hpp"
#include "espalier/rng.hpp"

namespace espalier {

/// One design choice, for example "edge 0->1" with options "none", "skip", "conv3x3".
struct Decision {
    std::string name;
    std::vector<std::string> options;
    bool ordinal = false;  ///< neighbouring options are alike (widths, kernel sizes)
};

/// Whether options have the same numbers in both; what counts as ordinal may differ.
ESPALIER_API bool same_decisions(std::span<const Decision> a, std::span<const Decision> b);

/// One option index per decision of the space. A plain value: comparable, hashable, printable.
struct Architecture {
    std::vector<std::uint16_t> choices;
    auto operator<=>(const Architecture&) const = default;
};

/// Whether it is one of the space with these decisions: an option that there is for each.
ESPALIER_API bool fits(const Architecture&, std::span<const Decision>);

/// "3 0 1 2 4 4": the option indices, as stored and shown where no space is at hand.
ESPALIER_API std::string to_string(const Architecture&);

/// A part of a space: the options still allowed for each decision, at least one, ascending. Always in the coordinates
/// of the whole space, so an architecture means the same in every region. A single architecture is the smallest region.
class ESPALIER_API Region {
public:
    explicit Region(std::span<const Decision> all);
    explicit Region(const Architecture& only);
    /// @throws Error if `decision` does not exist or `options` is empty.
    Region& allow(std::size_t decision, std::vector<std::uint16_t> options);
    Region& fix(std::size_t decision, std::uint16_t option) { return allow(decision, {option}); }
    std::span<const std::uint16_t> options(std::size_t decision) const { return allowed_[decision]; }
    std::size_t decisions() const { return allowed_.size(); }
    bool contains(const Architecture&) const;
    bool single() const;  ///< holds exactly one architecture
    double size() const;  ///< how many architectures; may be beyond any integer
    bool operator==(const Region&) const = default;

private:
    std::vector<std::vector<std::uint16_t>> allowed_;
};

/// Draws one architecture, typically uniformly.
using Sampler = std::function<Architecture(Rng&)>;

ESPALIER_API Architecture random_architecture(const Region&, Rng&);
/// Each decision is drawn anew with `probability`, uniformly from the region's other options.
ESPALIER_API Architecture mutated(Architecture, const Region&, double probability, Rng&);
/// Exactly one open decision is drawn anew; the same architecture if the region has none open.
ESPALIER_API Architecture mutated_once(Architecture, const Region&, Rng&);
/// Every decision from either parent with equal probability.
ESPALIER_API Architecture crossed(const Architecture& mother, const Architecture& father, Rng&);

}  // namespace espalier

template <>
struct std::hash<espalier::Architecture> {
    std::size_t operator()(const espalier::Architecture& a) const noexcept
    {
        std::size_t h = 0xcbf29ce484222325U;
        for (const std::uint16_t choice : a.choices)
            h = (h ^ choice) * 0x100000001b3U;
        return h;
    }
};
