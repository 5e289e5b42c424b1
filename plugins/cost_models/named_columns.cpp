// SPDX-License-Identifier: Apache-2.0
#include "named_columns.hpp"

#include <algorithm>
#include <optional>

#include "espalier/config.hpp"
#include "espalier/sdk/cost_table.hpp"
#include "espalier/sdk/csv.hpp"

namespace espalier::cost_models {

std::vector<OptionError> wrong_columns(const std::filesystem::path& file, const std::vector<NamedColumn>& columns)
{
    std::vector<OptionError> wrong;
    try {
        const std::vector<std::string> names = csv_header(file);
        for (const NamedColumn& column : columns)
            if (std::find(names.begin(), names.end(), column.name) == names.end())
                wrong.emplace_back(column.option, "no column '" + column.name + "' in " + file.string() +
                                                      suggestion(column.name, names));
        if (wrong.empty())
            if (const std::optional<std::string> unmeasured = wrong_cost_column(file, columns.front().name))
                wrong.emplace_back(columns.front().option, *unmeasured);
    } catch (const Error& error) {
        return {OptionError("file", error.what())};
    }
    return wrong;
}

}  // namespace espalier::cost_models
