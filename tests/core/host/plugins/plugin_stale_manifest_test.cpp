// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <fstream>

#include "espalier/plugin.hpp"

#include "catch.hpp"
#include "host/plugins/catalog.hpp"
#include "plugin_folder.hpp"
#include "refusal_sentence.hpp"

using namespace espalier;
using host::Catalog;

TEST_CASE("a damaged manifest is refused, whatever the damage", "[plugin_catalog]")
{
    PluginFolder folder;
    const auto library = folder.add_with_manifest("acme");
    const auto manifest = manifest_path(library);
    std::string json;
    {
        std::ifstream file(manifest);
        json.assign(std::istreambuf_iterator<char>(file), {});
    }
    const auto replaced = [&](const std::string& what, const std::string& with) {
        REQUIRE(json.find(what) != json.npos);
        json.replace(json.find(what), what.size(), with);
    };
    std::string reason = "is a damaged manifest (";
    SECTION("cut off")
    {
        json.resize(json.size() / 2);
    }
    SECTION("empty")
    {
        json.clear();
    }
    SECTION("no JSON")
    {
        json = "components: none";
    }
    SECTION("a key is missing")
    {
        replaced("\"abi\"", "\"Abi\"");
    }
    SECTION("another type")
    {
        replaced("\"abi\": " + std::to_string(kAbiVersion), "\"abi\": \"one\"");
    }
    SECTION("a kind that is none")
    {
        replaced("\"kind\": \"reward\"", "\"kind\": \"prize\"");
    }
    SECTION("a type that is none")
    {
        replaced("\"type\": \"number\"", "\"type\": \"fraction\"");
    }
    SECTION("another format")
    {
        replaced("\"format\": 1", "\"format\": 2");
        reason = "is a manifest of format 2, this Espalier reads format 1";
    }
    folder.write(manifest.filename().string(), json);
    check_sentence(folder.refusal(), manifest, reason);
    CHECK_THAT(folder.refusal(), ContainsSubstring("write it again with: espalier-manifest " + library.string()));
}

TEST_CASE("a manifest without its library is refused", "[plugin_catalog]")
{
    PluginFolder folder;
    const auto library = folder.add_with_manifest("acme");
    std::filesystem::remove(library);
    CHECK_THAT(folder.refusal(), ContainsSubstring(library.string() + ": cannot be read: No such file"));
}

TEST_CASE("a library that was built again is examined again", "[plugin_catalog]")
{
    PluginFolder folder;
    const auto library = folder.add_with_manifest("acme");
    std::filesystem::remove(library);
    SECTION("another plug-in under the same file name is found out")
    {
        folder.add("twin_a", library.filename());
        const Catalog catalog = folder.catalog();
        REQUIRE(catalog.plugins().size() == 1);
        CHECK(catalog.plugins()[0].name == "twin_a");
        CHECK(catalog.find(Kind::reward, "constant_a"));
        CHECK_FALSE(catalog.find(Kind::reward, "weighted"));
    }
    SECTION("a broken one is refused although the manifest is good")
    {
        folder.add("aborts_when_opened", library.filename());
        check_sentence(folder.refusal(), library, "crashes (Aborted) when it is opened");
    }
}

TEST_CASE("a copied library keeps its manifest, another one of the same size does not", "[plugin_catalog]")
{
    PluginFolder folder;
    const auto library = folder.add_with_manifest("acme");
    const Manifest manifest = read_manifest(manifest_path(library));
    CHECK(is_current(manifest, library));
    std::filesystem::last_write_time(library, std::filesystem::file_time_type::clock::now() - std::chrono::hours(1));
    CHECK(is_current(manifest, library));
    {
        std::fstream file(library, std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(-1, std::ios::end);
        file.put('\x55');
    }
    CHECK_FALSE(is_current(manifest, library));
}
