// SPDX-License-Identifier: Apache-2.0
#include "espalier/sdk/units.hpp"

#include <algorithm>
#include <iterator>

namespace espalier {
namespace {

constexpr Unit kUnits[] = {
    {"ns", Quantity::time, 1e-9},   {"us", Quantity::time, 1e-6},   {"ms", Quantity::time, 1e-3},
    {"s", Quantity::time, 1},       {"nj", Quantity::energy, 1e-9}, {"uj", Quantity::energy, 1e-6},
    {"mj", Quantity::energy, 1e-3}, {"j", Quantity::energy, 1},     {"mw", Quantity::power, 1e-3},
    {"w", Quantity::power, 1},      {"bytes", Quantity::size, 1},   {"kb", Quantity::size, 1e3},
    {"mb", Quantity::size, 1e6},    {"kib", Quantity::size, 1024},  {"mib", Quantity::size, 1024.0 * 1024},
    {"pct", Quantity::share, 0.01},
};

}  // namespace

const Unit* unit_of(std::string_view name)
{
    const std::size_t last = name.rfind('_');
    if (last == std::string_view::npos)
        return nullptr;
    const auto* const found = std::find_if(std::begin(kUnits), std::end(kUnits),
                                           [&](const Unit& unit) { return unit.name == name.substr(last + 1); });
    return found != std::end(kUnits) ? found : nullptr;
}

std::optional<OptionError> wrong_metric(std::string_view as, std::string_view unit)
{
    if (as.empty())
        return OptionError("as", "a metric needs a name");
    if (const Unit* const said = unit_of(as); said != nullptr && said->name != unit)
        return OptionError("as", "the numbers are in " + std::string(unit) + ", and '" + std::string(as) +
                                     "' is the name of one in " + std::string(said->name));
    return std::nullopt;
}

std::string deviation_metric(std::string_view metric)
{
    const std::size_t unit = std::min(metric.rfind('_'), metric.size());
    return std::string(metric.substr(0, unit)) + "_sd" + std::string(metric.substr(unit));
}

std::string unsettled_metric(std::string_view metric)
{
    return std::string(metric.substr(0, metric.rfind('_'))) + "_unsettled";
}

std::string unit_endings()
{
    std::string all;
    for (const Unit& unit : kUnits)
        all += (all.empty() ? "_" : ", _") + std::string(unit.name);
    return all;
}

}  // namespace espalier
