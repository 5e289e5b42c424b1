// SPDX-License-Identifier: Apache-2.0
#include "app/output.hpp"

#include <cstdio>
#include <fstream>

namespace espalier::app {

report::Format chosen_format(const Arguments& arguments)
{
    const std::string name = arguments.choice(kFormat.name, {"table", "csv", "json", "markdown"});
    return name == "csv"        ? report::Format::csv
           : name == "json"     ? report::Format::json
           : name == "markdown" ? report::Format::markdown
                                : report::Format::table;
}

void write_file(const std::filesystem::path& file, const std::string& text)
{
    std::ofstream out(file, std::ios::binary);
    out << text;
    out.close();
    if (!out)
        throw Error(file.string() + ": cannot be written");
}

}  // namespace espalier::app
