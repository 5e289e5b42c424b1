// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <span>
#include <string>

#include "host/plugins/plugin_report.hpp"

/// The options as the documentation has them: a Markdown table with names and defaults as code.
inline std::string documented(std::span<const espalier::Option> options)
{
    if (options.empty())
        return "No options.\n";
    espalier::report::Table table = espalier::host::option_table(options);
    for (std::size_t i = 0; i < options.size(); ++i)
        for (const std::size_t column : {0U, 2U})
            if (std::string& text = std::get<std::string>(table.rows[i][column]);
                !text.empty() && !(column == 2 && options[i].required))
                text = "`" + text + "`";
    return to_text(table, espalier::report::Format::markdown);
}
