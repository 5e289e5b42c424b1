// SPDX-License-Identifier: Apache-2.0
#include "espalier/sdk/scale.hpp"

#include <cmath>
#include <cstdio>
#include <string>

#include "espalier/sdk/units.hpp"

namespace espalier {

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

}  // namespace espalier
