// SPDX-License-Identifier: Apache-2.0
#include "app/formats.hpp"

namespace espalier::app {

host::Format chosen_format(const Arguments& arguments)
{
    const std::string name = arguments.choice(kFormat.name, {"table", "csv", "json", "markdown"});
    return name == "csv"        ? host::Format::csv
           : name == "json"     ? host::Format::json
           : name == "markdown" ? host::Format::markdown
                                : host::Format::table;
}

}  // namespace espalier::app
