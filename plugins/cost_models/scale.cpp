// SPDX-License-Identifier: Apache-2.0
#include "scale.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iterator>
#include <string>

namespace espalier::cost_models {
namespace {

enum class Quantity { time, energy, size, share };

struct Unit {
    std::string_view name;
    Quantity quantity;
    double of_base;
};
constexpr Unit kUnits[] = {
    {"ns", Quantity::time, 1e-9},
    {"us", Quantity::time, 1e-6},
    {"ms", Quantity::time, 1e-3},
    {"s", Quantity::time, 1},
    {"nj", Quantity::energy, 1e-9},
    {"uj", Quantity::energy, 1e-6},
    {"mj", Quantity::energy, 1e-3},
    {"j", Quantity::energy, 1},
    {"bytes", Quantity::size, 1},
    {"kb", Quantity::size, 1e3},
    {"mb", Quantity::size, 1e6},
    {"kib", Quantity::size, 1024},
    {"mib", Quantity::size, 1024.0 * 1024},
    {"pct", Quantity::share, 0.01},
};

const Unit* unit_of(std::string_view name)
{
    const std::size_t last = name.rfind('_');
    if (last == std::string_view::npos)
        return nullptr;
    const auto* const found = std::find_if(std::begin(kUnits), std::end(kUnits),
                                           [&](const Unit& unit) { return unit.name == name.substr(last + 1); });
    return found != std::end(kUnits) ? found : nullptr;
}

}  // namespace

std::optional<OptionError> wrong_scale(std::string_view column, std::string_view metric, double factor)
{
    if (factor == 0 || !std::isfinite(factor))
        return OptionError("scale", "must be a number other than 0: values are multiplied by it");
    const Unit* const from = unit_of(column);
    const Unit* const to = metric.empty() ? from : unit_of(metric);
    if (from == nullptr || to == nullptr || from == to)
        return std::nullopt;
    const std::string names = "the column is '" + std::string(column) + "', the metric '" + std::string(metric) + "'";
    if (from->quantity != to->quantity)
        return factor != 1 ? std::nullopt
                           : std::optional(OptionError("scale", names + ": say the factor between them"));
    const double right = from->of_base / to->of_base;
    if (factor >= right / 2 && factor <= right * 2)  // a correction may be in it
        return std::nullopt;
    char shown[32];
    std::snprintf(shown, sizeof shown, "%g", right);
    return OptionError("scale", names + ": that needs scale: " + shown);
}

}  // namespace espalier::cost_models
