// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <vector>

#include "espalier/plugin.hpp"

#include "catch.hpp"
#include "plugin_file/file_hash.hpp"

namespace {

bool is_word(char c)
{
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

/// The position after a string or character literal that begins at `at`.
std::size_t after_literal(const std::string& text, std::size_t at)
{
    const char quote = text[at];
    for (++at; at < text.size() && text[at] != quote; ++at)
        at += text[at] == '\\' ? 1 : 0;
    return std::min(at + 1, text.size());
}

/// What a compiler sees, as far as layout and comments go: no comments, and white space only where it separates words
/// or ends a preprocessor line.
std::string stripped(const std::string& text)
{
    std::string code;
    bool space = false;
    const auto put = [&](const std::string& token) {
        if (space && !code.empty() && is_word(code.back()) && is_word(token.front()))
            code += ' ';
        space = false;
        code += token;
    };
    for (std::size_t at = 0; at < text.size();) {
        if (text.compare(at, 2, "//") == 0) {
            at = std::min(text.find('\n', at), text.size());
        } else if (text.compare(at, 2, "/*") == 0) {
            at = std::min(text.find("*/", at), text.size() - 2) + 2;
            space = true;
        } else if (text[at] == '"' || (text[at] == '\'' && !(at > 0 && is_word(text[at - 1])))) {
            const std::size_t end = after_literal(text, at);
            put(text.substr(at, end - at));
            at = end;
        } else if (text.compare(at, 2, "\\\n") == 0) {
            at += 2;
            space = true;
        } else if (std::isspace(static_cast<unsigned char>(text[at])) != 0) {
            ++at;
            space = true;
        } else {
            put(std::string(1, text[at++]));
        }
    }
    return code;
}

std::string read(const std::filesystem::path& file)
{
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

/// All headers that an installation has, in the order of their names.
std::vector<std::filesystem::path> public_headers()
{
    std::vector<std::filesystem::path> headers;
    for (const char* part : {"core", "sdk"}) {
        const std::filesystem::path folder = std::filesystem::path(ESPALIER_SOURCE_DIR) / part;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
            const std::filesystem::path inside = entry.path().lexically_relative(folder);
            const bool is_public = std::ranges::find(inside, std::filesystem::path("include")) != inside.end();
            if (is_public && entry.path().extension() == ".hpp")
                headers.push_back(entry.path());
        }
    }
    std::ranges::sort(headers);
    return headers;
}

std::string hash_of_public_headers()
{
    std::string code;
    for (const std::filesystem::path& header : public_headers())
        code += header.lexically_relative(ESPALIER_SOURCE_DIR).generic_string() + "\n" + stripped(read(header)) + "\n";
    std::ostringstream text;
    text << std::hex << espalier::xxh64(std::as_bytes(std::span(code)));
    return text.str();
}

}  // namespace

TEST_CASE("comments and layout are not part of a header's hash, everything else is", "[public_headers]")
{
    const std::string code = stripped("int  f( int a );  // a function\n/* of */ char c = '\\'', s[] = \"a // b\";\n");
    CHECK(code == "int f(int a);char c='\\'',s[]=\"a // b\";");
    CHECK(stripped("int f(\n    int a);\nchar c = '\\'',\n s[] = \"a // b\";") == code);
    CHECK(stripped("int f(int b);char c='\\'',s[]=\"a // b\";") != code);
    CHECK(stripped("x = 1'000; // y") == "x=1'000;");
}

TEST_CASE("the public headers change with the interface number only", "[public_headers]")
{
    REQUIRE(public_headers().size() > 20);
    const std::filesystem::path golden = std::filesystem::path(ESPALIER_SOURCE_DIR) / "tests/golden/abi.txt";
    const std::string now = "abi " + std::to_string(espalier::kAbiVersion) + " " + hash_of_public_headers() + "\n";
    if (const char* update = std::getenv("ESPALIER_UPDATE_GOLDEN"); update && std::string(update) == "1")
        std::ofstream(golden) << now;
    INFO(
        "A public header has changed. If a plug-in built before would notice, raise kAbiVersion in "
        "core/include/espalier/plugin.hpp and say so in docs/abi.md; then run this test with "
        "ESPALIER_UPDATE_GOLDEN=1");
    CHECK(read(golden) == now);
}
