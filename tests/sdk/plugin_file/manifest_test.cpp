// SPDX-License-Identifier: Apache-2.0
#include "plugin_file/manifest.hpp"

#include <cmath>
#include <fstream>
#include <iomanip>
#include <sstream>

#include "catch.hpp"
#include "plugin_file/elf_file.hpp"
#include "plugin_file/file_hash.hpp"
#include "toys/library_folder.hpp"

using namespace espalier;

namespace {

std::uint64_t hash_of(std::string_view text)
{
    return xxh64(std::as_bytes(std::span(text.data(), text.size())));
}

}  // namespace

TEST_CASE("the hash is XXH64", "[plugin_manifest]")
{
    // vectors of the reference implementation, seed 0
    CHECK(hash_of("") == 0xef46db3751d8e999u);
    CHECK(hash_of("a") == 0xd24ec4f1a98c6e5bu);
    CHECK(hash_of("abc") == 0x44bc2cf5ad770999u);
    CHECK(hash_of("Nobody inspects the spammish repetition") == 0xfbcea83c8a378bf1u);
}

TEST_CASE("a file has the hash of its bytes, however many", "[plugin_manifest]")
{
    const LibraryFolder folder;
    const std::filesystem::path file = folder.path() / "data";
    for (const std::size_t size :
         {std::size_t{0}, std::size_t{1} << 18, (std::size_t{1} << 18) + 1, std::size_t{700'000}}) {
        std::string bytes(size, 'x');
        for (std::size_t i = 0; i < size; ++i)
            bytes[i] = static_cast<char>(i * i / 7);
        std::ofstream(file, std::ios::binary) << bytes;
        std::ostringstream digits;
        digits << std::hex << std::setfill('0') << std::setw(16) << hash_of(bytes);
        CHECK(file_hash(file) == digits.str());
    }
    CHECK_THROWS_WITH(file_hash(folder.path()), ContainsSubstring("cannot be read: it is no file"));
    CHECK_THROWS_WITH(file_hash(folder.path() / "none"), ContainsSubstring("none: cannot be read: No such file"));
}

TEST_CASE("a manifest keeps every fact of every option", "[plugin_manifest]")
{
    Manifest manifest;
    manifest.abi = 1;
    manifest.info_size = 48;
    manifest.name = "x";
    manifest.version = "0.1";
    manifest.stamp = "library=libstdc++";
    manifest.library = "espalier_x.so";
    manifest.size_bytes = 123'456'789'012;
    manifest.modified_ns = 1'800'000'000'123'456'789;
    manifest.hash = "00000000000000ff";
    Option number;
    number.name = "alpha";
    number.help = "how \"hard\"\n\xce\xb1";
    number.preset = "0.9";
    number.paper_symbol = "\\alpha";
    number.type = OptionType::number;
    number.range(0, 1).added_later();
    Option nested;
    nested.name = "of";
    nested.type = OptionType::component;
    nested.kind = Kind::cost_model;
    nested.list = true;
    nested.must();
    Option word;
    word.name = "mode";
    word.one_of({"soft", "hard"});
    manifest.components.push_back({Kind::strategy, "s", "A strategy", {number, nested, word}, {}});

    const Manifest read = parse_manifest(to_json(manifest), "x.json");
    CHECK(read.abi == 1);
    CHECK(read.info_size == 48);
    CHECK(read.name == "x");
    CHECK(read.version == "0.1");
    CHECK(read.stamp == manifest.stamp);
    CHECK(read.library == manifest.library);
    CHECK(read.size_bytes == manifest.size_bytes);
    CHECK(read.modified_ns == manifest.modified_ns);
    CHECK(read.hash == manifest.hash);
    REQUIRE(read.components.size() == 1);
    CHECK(read.components[0].kind == Kind::strategy);
    CHECK(read.components[0].help == "A strategy");
    REQUIRE(read.components[0].options.size() == 3);
    const std::vector<Option>& options = read.components[0].options;
    CHECK(options[0].help == number.help);
    CHECK(options[0].preset == "0.9");
    CHECK(options[0].paper_symbol == "\\alpha");
    CHECK(options[0].type == OptionType::number);
    CHECK(options[0].minimum == 0);
    CHECK(options[0].maximum == 1);
    CHECK_FALSE(options[0].required);
    CHECK(options[0].later);
    CHECK_FALSE(options[1].later);
    CHECK(options[1].kind == Kind::cost_model);
    CHECK(options[1].list);
    CHECK(options[1].required);
    CHECK(std::isinf(options[1].minimum));
    CHECK(options[2].allowed == std::vector<std::string>{"soft", "hard"});
    CHECK_FALSE(options[2].kind);
}

TEST_CASE("the tool writes the manifest beside the library and leaves nothing else", "[plugin_manifest]")
{
    LibraryFolder folder;
    const auto library = folder.add_with_manifest("acme");
    const Manifest manifest = read_manifest(folder.path() / "espalier_acme.json");
    CHECK(manifest.name == "acme");
    CHECK(manifest.version == "1.2.3");
    CHECK(manifest.library == "espalier_acme.so");
    CHECK(manifest.size_bytes == std::filesystem::file_size(library));
    CHECK(manifest.hash == file_hash(library));
    CHECK(manifest.components.size() == 6);
    CHECK(manifest.stamp == stamp_in_file(library));
    const std::filesystem::directory_iterator files(folder.path());
    CHECK(std::distance(begin(files), end(files)) == 2);
}

TEST_CASE("the tool fails for a broken plug-in and writes nothing", "[plugin_manifest]")
{
    LibraryFolder folder;
    const auto library = folder.add("throws_in_register");
    const std::string call =
        ESPALIER_BINARY_DIR "/bin/espalier-manifest " + library.string() + " 2> " + (folder.path() / "said").string();
    CHECK(std::system(call.c_str()) != 0);
    std::string said;
    std::getline(std::ifstream(folder.path() / "said"), said);
    CHECK_THAT(said, ContainsSubstring(library.string() + ": throws while it registers its components"));
    CHECK_FALSE(std::filesystem::exists(manifest_path(library)));
}

TEST_CASE("a manifest that cannot be written is an error that leaves nothing behind", "[plugin_manifest]")
{
    LibraryFolder folder;
    std::filesystem::create_directories(folder.path() / "x.json/in_the_way");
    CHECK_THROWS_WITH(write_manifest({}, folder.path() / "x.json"), ContainsSubstring("x.json: cannot be written"));
    const std::filesystem::directory_iterator files(folder.path());
    CHECK(std::distance(begin(files), end(files)) == 1);
}
