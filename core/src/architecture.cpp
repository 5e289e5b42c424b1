// SPDX-License-Identifier: Apache-2.0
#include "espalier/architecture.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <numeric>
#include <utility>

#include <fmt/format.h>

#include "espalier/error.hpp"

namespace espalier {
namespace {

/// One of the other options of the region, or `current` where there is none.
std::uint16_t another(std::span<const std::uint16_t> options, std::uint16_t current, Rng& rng)
{
    const auto here = std::ranges::find(options, current);
    const bool inside = here != options.end();
    const std::size_t others = options.size() - (inside ? 1 : 0);
    if (others == 0)
        return current;
    std::size_t drawn = rng.below(others);
    if (inside && drawn >= static_cast<std::size_t>(here - options.begin()))
        ++drawn;
    return options[drawn];
}

}  // namespace

bool same_decisions(std::span<const Decision> a, std::span<const Decision> b)
{
    return std::ranges::equal(
        a, b, [](const Decision& x, const Decision& y) { return x.name == y.name && x.options == y.options; });
}

bool fits(const Architecture& a, std::span<const Decision> decisions)
{
    return std::ranges::equal(a.choices, decisions,
                              [](std::uint16_t choice, const Decision& d) { return choice < d.options.size(); });
}

std::string to_string(const Architecture& a)
{
    std::string text;  // by hand: a key of every proposal
    text.reserve(3 * a.choices.size());
    char digits[5];
    for (const std::uint16_t choice : a.choices) {
        if (!text.empty())
            text += ' ';
        text.append(digits, std::to_chars(digits, std::end(digits), choice).ptr);
    }
    return text;
}

Region::Region(std::span<const Decision> all)
{
    allowed_.reserve(all.size());
    for (const Decision& decision : all) {
        auto& options = allowed_.emplace_back(decision.options.size());
        std::iota(options.begin(), options.end(), std::uint16_t{0});
    }
}

Region::Region(const Architecture& only)
{
    allowed_.reserve(only.choices.size());
    for (const std::uint16_t choice : only.choices)
        allowed_.push_back({choice});
}

Region& Region::allow(std::size_t decision, std::vector<std::uint16_t> options)
{
    if (decision >= allowed_.size())
        throw Error(fmt::format("decision {} does not exist: the space has {}", decision, allowed_.size()));
    if (options.empty())
        throw Error(fmt::format("decision {} would have no option left", decision));
    std::ranges::sort(options);
    options.erase(std::unique(options.begin(), options.end()), options.end());
    allowed_[decision] = std::move(options);
    return *this;
}

bool Region::contains(const Architecture& a) const
{
    if (a.choices.size() != allowed_.size())
        return false;
    for (std::size_t i = 0; i < allowed_.size(); ++i)
        if (!std::ranges::binary_search(allowed_[i], a.choices[i]))
            return false;
    return true;
}

bool Region::single() const
{
    return std::ranges::all_of(allowed_, [](const auto& options) { return options.size() == 1; });
}

double Region::size() const
{
    return std::accumulate(allowed_.begin(), allowed_.end(), 1.0,
                           [](double n, const auto& options) { return n * static_cast<double>(options.size()); });
}

Architecture random_architecture(const Region& region, Rng& rng)
{
    Architecture a;
    a.choices.reserve(region.decisions());
    for (std::size_t i = 0; i < region.decisions(); ++i)
        a.choices.push_back(region.options(i)[rng.below(region.options(i).size())]);
    return a;
}

Architecture mutated(Architecture a, const Region& region, double probability, Rng& rng)
{
    for (std::size_t i = 0; i < a.choices.size(); ++i)
        if (rng.uniform() < probability)
            a.choices[i] = another(region.options(i), a.choices[i], rng);
    return a;
}

Architecture mutated_once(Architecture a, const Region& region, Rng& rng)
{
    std::vector<std::size_t> open;
    for (std::size_t i = 0; i < a.choices.size(); ++i)
        if (region.options(i).size() > 1)
            open.push_back(i);
    if (!open.empty()) {
        const std::size_t i = open[rng.below(open.size())];
        a.choices[i] = another(region.options(i), a.choices[i], rng);
    }
    return a;
}

Architecture crossed(const Architecture& mother, const Architecture& father, Rng& rng)
{
    Architecture child = mother;
    for (std::size_t i = 0; i < child.choices.size(); ++i)
        if (rng.below(2) == 1)
            child.choices[i] = father.choices[i];
    return child;
}

}  // namespace espalier
