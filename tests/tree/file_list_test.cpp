// SPDX-License-Identifier: Apache-2.0
// core/README.md lists core's files: all of them, in their room, and none that is gone.
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <string>

#include "catch.hpp"

namespace {

namespace fs = std::filesystem;

using Names = std::map<std::string, std::set<std::string>>;  // by folder below core/

/// The names in the first column of each table, by the folder that the last heading or room named.
Names listed(const fs::path& readme)
{
    static const std::regex heading(R"(\*\*`([a-z_/]+)/`\*\*.*)"), room(R"(\| \*\*`([a-z_]+)/`\*\* \|.*)"),
        word("`([a-z_]+)`");
    Names names;
    std::string folder, current;
    std::ifstream file(readme);
    for (std::string line; std::getline(file, line);) {
        std::smatch match;
        if (std::regex_match(line, match, room))
            current = folder + "/" + match[1].str();
        else if (std::regex_match(line, match, heading))
            current = folder = match[1];
        else if (line.starts_with("| `") && !current.empty()) {
            const std::string column = line.substr(0, line.find('|', 1));
            for (std::sregex_iterator i(column.begin(), column.end(), word), end; i != end; ++i)
                names[current].insert((*i)[1]);
        }
    }
    return names;
}

Names present(const fs::path& core, const std::string& below)
{
    Names names;
    for (const auto& entry : fs::recursive_directory_iterator(core / below))
        if (entry.path().extension() == ".hpp" || entry.path().extension() == ".cpp")
            names[entry.path().parent_path().lexically_relative(core).string()].insert(entry.path().stem());
    return names;
}

}  // namespace

TEST_CASE("core/README.md lists the files that are there", "[file_list]")
{
    const fs::path core = fs::path(ESPALIER_SOURCE_DIR) / "core";
    Names named = listed(core / "README.md");
    for (const char* below : {"include/espalier", "plugin_file", "host"})
        for (const auto& [folder, files] : present(core, below)) {
            INFO("core/" << folder);
            CHECK(named[folder] == files);
        }
}
