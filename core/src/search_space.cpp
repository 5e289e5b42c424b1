// SPDX-License-Identifier: Apache-2.0
#include "espalier/search_space.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "espalier/config.hpp"
#include "espalier/error.hpp"

namespace espalier {
namespace {

/// The label at the start of `rest` that ends at a comma or at the end. Labels may hold commas, so the longest that
/// fits wins. @return its index, or npos.
std::size_t longest_label(std::string_view rest, const std::vector<std::string>& labels)
{
    std::size_t best = std::string::npos, length = 0;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        const std::string& label = labels[i];
        const bool ends = rest.size() == label.size() || (rest.size() > label.size() && rest[label.size()] == ',');
        if (rest.starts_with(label) && ends && (best == std::string::npos || label.size() > length)) {
            best = i;
            length = label.size();
        }
    }
    return best;
}

}  // namespace

SearchSpace::~SearchSpace() = default;

std::unique_ptr<SearchSpace> SearchSpace::resized(const NetworkSize&, const Data&) const
{
    return nullptr;
}

std::vector<bool> SearchSpace::active(const Architecture& a) const
{
    return std::vector<bool>(a.choices.size(), true);
}

std::string SearchSpace::key(const Architecture& a) const
{
    const std::vector<bool> counts = active(a);
    std::string key;
    key.reserve(3 * a.choices.size());
    for (std::size_t i = 0; i < a.choices.size(); ++i) {
        if (i > 0)
            key += ' ';
        key += counts[i] ? std::to_string(a.choices[i]) : "-";
    }
    return key;
}

Architecture SearchSpace::canonical(const Architecture& a) const
{
    const std::vector<bool> counts = active(a);
    Architecture result = a;
    for (std::size_t i = 0; i < a.choices.size(); ++i)
        if (!counts[i])
            result.choices[i] = 0;
    return result;
}

std::string SearchSpace::text(const Architecture& a) const
{
    const auto all = decisions();
    std::string text;
    for (std::size_t i = 0; i < a.choices.size(); ++i) {
        if (i > 0)
            text += ',';
        text += all[i].options.at(a.choices[i]);
    }
    return text;
}

Architecture SearchSpace::parse(std::string_view text) const
{
    const auto all = decisions();
    Architecture result;
    std::size_t at = 0;
    for (std::size_t i = 0; i < all.size(); ++i) {
        const std::string_view rest = at <= text.size() ? text.substr(at) : std::string_view{};
        const std::size_t option = at <= text.size() ? longest_label(rest, all[i].options) : std::string::npos;
        if (option == std::string::npos) {
            const std::string found(rest.substr(0, rest.find(',')));
            throw Error(fmt::format("architecture '{}': position {}: '{}' is no option of decision '{}'{}", text,
                                    at + 1, found, all[i].name, suggestion(found, all[i].options)));
        }
        result.choices.push_back(static_cast<std::uint16_t>(option));
        at += all[i].options[option].size() + 1;
    }
    if (at != text.size() + 1)
        throw Error(fmt::format("architecture '{}': position {}: nothing may follow the last of {} decisions", text, at,
                                all.size()));
    return result;
}

}  // namespace espalier
