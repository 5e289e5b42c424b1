// SPDX-License-Identifier: Apache-2.0
#include "host/experiment/error_places.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace espalier::host {
namespace {

bool one_stands_at(const Diagnostics& diagnostics, const Diagnostic& place)
{
    return std::ranges::any_of(diagnostics.errors, [&](const Diagnostic& error) { return error.same_place(place); });
}

}  // namespace

bool stands_at(const Diagnostic& error, const Config& config)
{
    return error.same_place(config.error(""));
}

bool told_at(const Diagnostics& diagnostics, const Config& config)
{
    return one_stands_at(diagnostics, config.error(""));
}

bool told_below(const Diagnostics& diagnostics, const Config& config)
{
    return std::ranges::any_of(config.items, [&](const Config& item) {
        return told_at(diagnostics, item) || one_stands_at(diagnostics, item.key_error("")) ||
               told_below(diagnostics, item);
    });
}

void sort_by_place(Diagnostics& diagnostics, const std::string& file)
{
    std::ranges::stable_sort(diagnostics.errors, {}, [&](const Diagnostic& error) {
        const bool placed = error.file == file && error.line > 0;
        return placed ? std::pair{error.line, error.column} : std::pair{std::numeric_limits<int>::max(), 0};
    });
}

}  // namespace espalier::host
