// SPDX-License-Identifier: Apache-2.0
// core/README.md lists core's files, docs/words.md the types in the host's headers: all of them, in their room, and
// none that is gone. No page names a file that is gone.
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "catch.hpp"

namespace {

namespace fs = std::filesystem;

using Names = std::map<std::string, std::set<std::string>>;  // by folder below core/

/// The names in the first column of each table, by the folder that the last heading or room named.
Names listed(const fs::path& readme)
{
    static const std::regex heading(R"(\*\*`([a-z_/]+)/`\*\*.*)"), room(R"(\| \*\*`([a-z_]+)/`\*\* \|.*)"),
        word("`([a-z_]+)/?`");
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

/// The words in the first column of each table below a heading "## `core/host/ROOM`: ...".
Names words(const fs::path& page)
{
    static const std::regex heading(R"(## `core/(host/[a-z_]+)`.*)"), row(R"(\| `(\w+)` \|.*)");
    Names names;
    std::string room;
    std::ifstream file(page);
    for (std::string line; std::getline(file, line);) {
        std::smatch match;
        if (line.starts_with("## "))
            room = std::regex_match(line, match, heading) ? match[1].str() : "";
        else if (!room.empty() && std::regex_match(line, match, row))
            CHECK(names[room].insert(match[1]).second);
    }
    return names;
}

/// The types that headers define at the top level.
Names types(const fs::path& core)
{
    static const std::regex definition(R"((?:class|struct|enum class) (\w+)(?: final)?(?: :.*)?(?: \{.*)?)");
    Names names;
    for (const auto& entry : fs::recursive_directory_iterator(core / "host")) {
        std::ifstream file(entry.path());
        for (std::string line; entry.path().extension() == ".hpp" && std::getline(file, line);)
            if (std::smatch match; std::regex_match(line, match, definition))
                names[entry.path().parent_path().lexically_relative(core).string()].insert(match[1]);
    }
    return names;
}

/// "core/host/calls", "src/fates.cpp", "fates.cpp": what paths below the root of sources and tests end with.
std::set<std::string> endings(const fs::path& source)
{
    std::set<std::string> all;
    for (const char* top : {"core", "sdk", "plugins", "tests", "examples", "configs", "docs"}) {
        all.insert(top);
        for (const auto& entry : fs::recursive_directory_iterator(source / top)) {
            std::string rest = entry.path().lexically_relative(source).string();
            for (std::size_t slash = 0; slash != std::string::npos; slash = rest.find('/')) {
                rest.erase(0, slash == 0 ? 0 : slash + 1);
                all.insert(rest);
                all.insert(fs::path(rest).replace_extension().string());  // `plugin_host` is a header and its source
            }
        }
    }
    return all;
}

std::vector<fs::path> pages(const fs::path& source)
{
    std::vector<fs::path> all{source / "README.md", source / "CONTRIBUTING.md"};
    for (const char* top : {"core", "sdk", "docs"})
        for (const auto& entry : fs::recursive_directory_iterator(source / top))
            if (entry.path().extension() == ".md")
                all.push_back(entry.path());
    return all;
}

}  // namespace

TEST_CASE("pages name files that are there", "[file_list]")
{
    static const std::regex path(
        "`((?:core|sdk|tests|docs|host|app|calls|search)/[a-z_0-9/.]*[a-z_0-9]|[a-z_0-9/]+\\.[ch]pp)/?`");
    const fs::path source = ESPALIER_SOURCE_DIR;
    const std::set<std::string> there = endings(source);
    std::size_t named = 0;
    for (const fs::path& page : pages(source)) {
        std::ifstream file(page);
        for (std::string line; std::getline(file, line);)
            for (std::sregex_iterator i(line.begin(), line.end(), path), end; i != end; ++i, ++named) {
                INFO(page.lexically_relative(source).string() << ": " << (*i)[1]);
                CHECK(there.contains((*i)[1]));
            }
    }
    CHECK(named > 50);
}

TEST_CASE("docs/words.md says what each type of the host is", "[file_list]")
{
    const fs::path source = ESPALIER_SOURCE_DIR;
    Names told = words(source / "docs/words.md");
    for (const auto& [room, defined] : types(source / "core")) {
        INFO("core/" << room);
        CHECK(told[room] == defined);
        told.erase(room);
    }
    CHECK(told.empty());
}

TEST_CASE("core/README.md lists the files that are there", "[file_list]")
{
    const fs::path core = fs::path(ESPALIER_SOURCE_DIR) / "core";
    Names named = listed(core / "README.md");
    for (const char* below : {"include/espalier", "host"})
        for (const auto& [folder, files] : present(core, below)) {
            INFO("core/" << folder);
            CHECK(named[folder] == files);
        }
}
