// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <filesystem>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "catch.hpp"

namespace {

std::string output_of(const std::string& command)
{
    FILE* pipe = ::popen(command.c_str(), "r");
    if (!pipe)
        throw std::runtime_error(command);
    std::string text;
    char buffer[4096];
    for (std::size_t count; (count = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;)
        text.append(buffer, count);
    if (::pclose(pipe) != 0)
        throw std::runtime_error(command + " failed");
    return text;
}

/// Every plug-in of this build, and the fixture that is built like one.
std::vector<std::string> plugins()
{
    const std::filesystem::path build = ESPALIER_BINARY_DIR;
    std::vector<std::string> libraries{build / "tests/fixtures/plugins/espalier_acme.so"};
    std::error_code none_built;
    for (const auto& entry : std::filesystem::directory_iterator(build / "lib/espalier/plugins", none_built)) {
        if (entry.path().extension() == ".so")
            libraries.push_back(entry.path());
    }
    return libraries;
}

}  // namespace

TEST_CASE("a plug-in exports its entry point and nothing else of its own", "[exported_symbols]")
{
    for (const std::string& library : plugins()) {
        std::istringstream lines(output_of("nm -D --defined-only --demangle " + library));
        bool has_entry_point = false;
        for (std::string line; std::getline(lines, line);) {
            INFO(library << ": " << line);
            std::istringstream words(line);
            std::string address, type, name;
            words >> address >> type;
            std::getline(words >> std::ws, name);
            if (name == "espalier_plugin") {
                has_entry_point = true;
                continue;
            }
            // the linker's own, exported where a library that is linked asks for them, as LibTorch's do
            if (name == "__bss_start" || name == "_edata" || name == "_end")
                continue;
            // templates of the standard library and inline functions of public headers, the same wherever they come
            // from
            CHECK((type == "W" || type == "V" || type == "u"));
        }
        INFO(library);
        CHECK(has_entry_point);
    }
}

TEST_CASE("a plug-in asks never to be unloaded", "[exported_symbols]")
{
    for (const std::string& library : plugins()) {
        INFO(library);
        CHECK_THAT(output_of("readelf -d " + library), ContainsSubstring("NODELETE"));
    }
}

TEST_CASE("core and command need no LibTorch", "[exported_symbols]")
{
    const std::string core = ESPALIER_BINARY_DIR "/lib/libespalier.so";
    const std::string needed = output_of("readelf -d " + core);
    CHECK(needed.find("libtorch") == needed.npos);
    CHECK(needed.find("libc10") == needed.npos);
}
