// SPDX-License-Identifier: Apache-2.0
#include "app/output.hpp"

#include <cstdio>
#include <fstream>

#include "espalier/report/text.hpp"

namespace espalier::app {

report::Format chosen_format(const Arguments& arguments)
{
    const std::string name = arguments.choice(kFormat.name, {"table", "csv", "json", "markdown"});
    return name == "csv"        ? report::Format::csv
           : name == "json"     ? report::Format::json
           : name == "markdown" ? report::Format::markdown
                                : report::Format::table;
}

void say(std::FILE* out, std::string_view text)
{
    const std::string shown = report::printable_lines(text);
    std::fwrite(shown.data(), 1, shown.size(), out);
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
