// SPDX-License-Identifier: Apache-2.0
#include "espalier/config.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "espalier/number_in.hpp"

namespace espalier {

const Config* Config::find(std::string_view name) const
{
    if (type != Type::map)
        return nullptr;
    const auto found = std::ranges::find(items, name, &Config::key);
    return found == items.end() ? nullptr : &*found;
}

const Config& Config::at_path(std::string_view below) const
{
    const Config* here = this;
    while (!below.empty()) {
        const std::string_view step = below.substr(0, below.find('.'));
        below = step.size() == below.size() ? std::string_view{} : below.substr(step.size() + 1);
        const Config* next = here->find(step);
        if (here->type == Type::list) {
            const auto index = number_in<std::size_t>(step);
            if (index && *index < here->items.size())
                next = &here->items[*index];
        }
        if (next == nullptr)
            return here == this ? *this : *here;
        here = next;
    }
    return *here;
}

Diagnostic Config::error(std::string sentence) const
{
    return {file, line, column, path, "", std::move(sentence)};
}

Diagnostic Config::key_error(std::string sentence) const
{
    if (key_line == 0)
        return error(std::move(sentence));
    return {file, key_line, key_column, path, "", std::move(sentence)};
}

void Config::fail(std::string sentence) const
{
    throw ConfigError({error(std::move(sentence))});
}

void Diagnostics::throw_if_any() const
{
    if (!errors.empty())
        throw ConfigError(errors);
}

namespace {

/// Optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours.
std::size_t edit_distance(std::string_view a, std::string_view b)
{
    std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), now(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j)
        last[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        now[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            now[j] = std::min({last[j] + 1, now[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0U : 1U)});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                now[j] = std::min(now[j], before[j - 2] + 1);
        }
        std::swap(before, last);
        std::swap(last, now);
    }
    return last[b.size()];
}

}  // namespace

std::string nearest(std::string_view name, const std::vector<std::string>& allowed)
{
    std::string best;
    std::size_t best_distance = std::max<std::size_t>(2, name.size() / 3) + 1;
    for (const std::string& candidate : allowed) {
        // what differs more in length needs at least as many edits
        if (std::max(name.size(), candidate.size()) - std::min(name.size(), candidate.size()) >= best_distance)
            continue;
        if (const std::size_t distance = edit_distance(name, candidate); distance < best_distance) {
            best_distance = distance;
            best = candidate;
        }
    }
    return best;
}

namespace {

/// A name that was cut short is far from what was meant by edits.
std::string only_beginning_with(std::string_view name, const std::vector<std::string>& allowed)
{
    const auto begins = [&](const std::string& candidate) { return candidate.starts_with(name); };
    const auto found = std::ranges::find_if(allowed, begins);
    return name.size() >= 3 && std::ranges::count_if(allowed, begins) == 1 ? *found : "";
}

}  // namespace

std::string suggestion(std::string_view name, const std::vector<std::string>& allowed)
{
    if (allowed.empty())
        return "; nothing is allowed here";
    std::string near = nearest(name, allowed);
    if (near.empty())
        near = only_beginning_with(name, allowed);
    const std::size_t shown = std::min<std::size_t>(allowed.size(), 40);
    return fmt::format("{}; allowed: {}{}", near.empty() ? "" : fmt::format("; did you mean '{}'?", near),
                       fmt::join(allowed.begin(), allowed.begin() + static_cast<std::ptrdiff_t>(shown), ", "),
                       shown < allowed.size() ? ", ..." : "");
}

}  // namespace espalier
