// SPDX-License-Identifier: Apache-2.0
#include "host/experiment/error_places.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace espalier::host {

bool stands_at(const Diagnostic& error, const Config& config)
{
    return error.same_place(config.error(""));
}

bool told_at(const Diagnostics& diagnostics, const Config& config)
{
    return std::ranges::any_of(diagnostics.errors, [&](const Diagnostic& error) { return stands_at(error, config); });
}

bool told_below(const Diagnostics& diagnostics, const Config& config)
{
    return std::ranges::any_of(config.items, [&](const Config& item) {
        const Diagnostic key = item.key_error("");
        return told_at(diagnostics, item) || told_below(diagnostics, item) ||
               std::ranges::any_of(diagnostics.errors, [&](const Diagnostic& e) { return e.same_place(key); });
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
