// SPDX-License-Identifier: Apache-2.0
#include "app/formats.hpp"

namespace espalier::app {

report::Format chosen_format(const Arguments& arguments)
{
    const std::string name = arguments.choice(kFormat.name, {"table", "csv", "json", "markdown"});
    return name == "csv"        ? report::Format::csv
           : name == "json"     ? report::Format::json
           : name == "markdown" ? report::Format::markdown
                                : report::Format::table;
}

}  // namespace espalier::app
