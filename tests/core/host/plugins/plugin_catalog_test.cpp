// SPDX-License-Identifier: Apache-2.0
#include <chrono>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "espalier/plugin.hpp"

#include "catch.hpp"
#include "host/plugins/catalog.hpp"
#include "host/plugins/stamp.hpp"
#include "plugin_file/stamp.hpp"
#include "plugin_folder.hpp"
#include "refusal_sentence.hpp"

using namespace espalier;
using host::Catalog;

namespace {

std::string with_fact(std::string stamp, const std::string& fact, const std::string& value)
{
    const std::size_t at = stamp.find(fact + "=") + fact.size() + 1;
    return stamp.replace(at, stamp.find(';', at) - at, value);
}

}  // namespace

TEST_CASE("a plug-in is known from its manifest alone", "[plugin_catalog]")
{
    PluginFolder folder;
    // the library itself could not even be opened
    const auto library = folder.add("hangs_when_opened");
    Manifest manifest;
    manifest.abi = kAbiVersion;
    manifest.info_size = sizeof(PluginInfo);
    manifest.name = "calm";
    manifest.version = "3.1";
    manifest.stamp = host::host_stamp();
    manifest.components.push_back({Kind::reward, "still", "Never moves", {}, {}});
    describe_file(manifest, library);
    write_manifest(manifest, manifest_path(library));

    const Catalog catalog = folder.catalog();
    REQUIRE(catalog.plugins().size() == 1);
    CHECK(catalog.plugins()[0].refusal.empty());
    CHECK(catalog.plugins()[0].name == "calm");
    CHECK(catalog.plugins()[0].version == "3.1");
    CHECK(catalog.plugins()[0].build == manifest.hash);
    CHECK(catalog.find(Kind::reward, "still"));
    CHECK_FALSE(catalog.find(Kind::evaluator, "still"));
}

TEST_CASE("each broken library is refused with a sentence of its own", "[plugin_catalog]")
{
    struct Case {
        const char* fixture;
        std::string reason;
    };
    const Case cases[] = {
        {"no_entry_point", "is no plug-in, it has no function espalier_plugin()"},
        {"null_info", "returns no descriptor"},
        {"older_abi",
         "was built for an older Espalier (its interface number is 0, this one's " + std::to_string(kAbiVersion) + ")"},
        {"newer_abi",
         "was built for a newer Espalier (its interface number is 99, this one's " + std::to_string(kAbiVersion) + ")"},
        {"other_size", "its descriptor has 24 bytes instead of "},
        {"bad_name", "has no proper name"},
        {"no_stamp", "has no build stamp"},
        {"throws_in_register",
         "throws while it registers its components: the licence server does not answer; this is a mistake"},
        {"throws_number", "throws something that is no std::exception while it registers its components"},
        {"registers_twice", "data 'images' is registered twice"},
        {"no_maker", "data 'images' comes without a function that makes it"},
        {"aborts_when_opened", "crashes (Aborted) when it is opened"},
        {"exits_when_opened", "ends the process with exit status 0 when it is opened"},
        {"missing_symbol", "uses acme::function_of_a_newer_version(int), which no library defines"},
        {"missing_library", "needs the library libfixture_absent.so, which is not found"},
    };
    for (const auto& [fixture, reason] : cases) {
        PluginFolder folder;
        const auto library = folder.add(fixture);
        check_sentence(folder.refusal(), library, reason);
    }
}

TEST_CASE("a crash in the entry point is a refusal, not the end of the command", "[plugin_catalog]")
{
    PluginFolder folder;
    const auto library = folder.add("faults_when_asked");
    check_sentence(folder.refusal(), library, "when it is asked for its descriptor");
}

TEST_CASE("a library that hangs is ended after the time-out", "[plugin_catalog]")
{
    const Environment time_out("ESPALIER_PLUGIN_TIMEOUT_S", "0.4");
    PluginFolder folder;
    const auto hanging = folder.add("hangs_when_opened");
    folder.add("acme");
    const auto begin = std::chrono::steady_clock::now();
    const Catalog catalog = folder.catalog();
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(5));
    check_sentence(catalog.plugin("hangs_when_opened")->refusal, hanging,
                   "hangs when it is opened: nothing after 0.4 s");
    CHECK(catalog.plugin("acme")->refusal.empty());
}

TEST_CASE("a library that closes the pipe or leaves it to others is not waited for", "[plugin_catalog]")
{
    const Environment time_out("ESPALIER_PLUGIN_TIMEOUT_S", "60");
    PluginFolder folder;
    const auto closing = folder.add("closes_and_hangs");
    folder.add("leaves_a_child");
    const auto begin = std::chrono::steady_clock::now();
    const Catalog catalog = folder.catalog();
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(20));
    check_sentence(catalog.plugin("closes_and_hangs")->refusal, closing,
                   "closes files that are not its own when it is opened; this is a mistake in the plug-in");
    CHECK(catalog.plugin("leaves_a_child")->refusal.empty());
}

TEST_CASE("a time-out that is no number is an error", "[plugin_catalog]")
{
    const Environment time_out("ESPALIER_PLUGIN_TIMEOUT_S", "soon");
    PluginFolder folder;
    folder.add("acme");
    CHECK_THROWS_WITH(folder.catalog(), ContainsSubstring("ESPALIER_PLUGIN_TIMEOUT_S: 'soon' is no number"));
}

TEST_CASE("what is no library at all is refused unopened", "[plugin_catalog]")
{
    PluginFolder folder;
    std::string elf;
    {
        std::ifstream file(PluginFolder::fixture("acme"), std::ios::binary);
        elf.assign(std::istreambuf_iterator<char>(file), {});
    }
    std::filesystem::path file;
    const char* reason = "";
    SECTION("a text file")
    {
        file = folder.write("espalier_text.so", "#!/bin/sh\n");
        reason = "is not a shared library (no ELF header)";
    }
    SECTION("an empty file")
    {
        file = folder.write("espalier_empty.so", "");
        reason = "is empty";
    }
    SECTION("a library that ends in its header")
    {
        file = folder.write("espalier_short.so", elf.substr(0, 20));
        reason = "is a truncated library (20 bytes)";
    }
    SECTION("a library that ends in the middle")
    {
        file = folder.write("espalier_half.so", elf.substr(0, elf.size() / 2));
        reason = "is a truncated library (";
    }
    SECTION("a library of another architecture")
    {
        elf[4] = 1;        // EI_CLASS: 32 bits
        elf[18] = '\x28';  // e_machine: ARM
        elf[19] = 0;
        file = folder.write("espalier_arm.so", elf);
        reason = "is a library for another machine (32-bit ARM, this one is 64-bit ";
    }
    SECTION("a library of this architecture with 32 bits")
    {
        elf[4] = 1;
        file = folder.write("espalier_32.so", elf);
        reason = "is a library for another machine (32-bit ";
    }
    SECTION("a library of this architecture with the other order of bytes")
    {
        elf[5] = elf[5] == 1 ? 2 : 1;  // EI_DATA
        std::swap(elf[18], elf[19]);
        file = folder.write("espalier_other.so", elf);
        reason = elf[5] == 2 ? "is a library for another machine (64-bit big-endian "
                             : "is a library for another machine (64-bit little-endian ";
    }
    SECTION("a pipe")
    {
        file = folder.path() / "espalier_pipe.so";
        REQUIRE(::mkfifo(file.c_str(), 0600) == 0);
        CHECK_THAT(folder.refusal(), ContainsSubstring(file.string() + ": cannot be read: it is no file"));
        return;
    }
    SECTION("a manifest that is a pipe")
    {
        file = folder.write("espalier_piped.so", elf);
        REQUIRE(::mkfifo(manifest_path(file).c_str(), 0600) == 0);
        CHECK_THAT(folder.refusal(), ContainsSubstring("espalier_piped.json: cannot be read: it is no file"));
        return;
    }
    SECTION("an object file")
    {
        elf[16] = 1;  // e_type: ET_REL
        file = folder.write("espalier_object.so", elf);
        reason = "is not a shared library (an object file or a program)";
    }
    SECTION("a folder")
    {
        file = folder.path() / "espalier_folder.so";
        std::filesystem::create_directory(file);
        CHECK_THAT(folder.refusal(), ContainsSubstring(file.string() + ": cannot be read: Is a directory"));
        return;
    }
    check_sentence(folder.refusal(), file, reason);
}

TEST_CASE("what a manifest tells is judged before anything is opened", "[plugin_catalog]")
{
    PluginFolder folder;
    const char* reason = "";
    std::function<void(Manifest&)> edit;
    const auto stamp = [&](const std::string& fact, const std::string& value) {
        edit = [=](Manifest& m) { m.stamp = with_fact(m.stamp, fact, value); };
    };
    SECTION("older ABI")
    {
        edit = [](Manifest& m) { m.abi = 0; };
        reason = "was built for an older Espalier";
    }
    SECTION("newer ABI")
    {
        edit = [](Manifest& m) { m.abi = 7; };
        reason = "was built for a newer Espalier (its interface number is 7";
    }
    SECTION("descriptor of another size")
    {
        edit = [](Manifest& m) { m.info_size = 56; };
        reason = "its descriptor has 56 bytes";
    }
    SECTION("C++ library")
    {
        stamp("library", "libc++");
        reason = "is built with the C++ library libc++, this Espalier with libstdc++; build it with libstdc++";
    }
    SECTION("string ABI")
    {
        stamp("string_abi", "0");
        reason = "is built with the C++ string ABI 0, this Espalier with 1; build it with -D_GLIBCXX_USE_CXX11_ABI=1";
    }
    SECTION("debug mode")
    {
        stamp("debug", "1");
        reason = "is built with the C++ library's debug mode, this Espalier without; build it without -D_GLIBCXX_DEBUG";
    }
    SECTION("sanitizer")
    {
        const bool ours = stamp_fact(host::host_stamp(), "sanitizer") != "none";
        stamp("sanitizer", ours ? "none" : "thread");
        reason = ours ? "is built without sanitizer, this Espalier with -fsanitize="
                      : "is built with -fsanitize=thread, this Espalier without sanitizer; build it without";
    }
    const auto library = folder.add_edited("acme", edit);
    check_sentence(folder.refusal(), library, reason);
    // its components are known all the same
    CHECK(folder.catalog().refused(Kind::reward, "weighted")->library == library);
}

TEST_CASE("a library with the address sanitizer is refused before it ends the process", "[plugin_catalog]")
{
    if (!std::filesystem::exists(PluginFolder::fixture("sanitized"))) {
        WARN("built with a sanitizer: nothing is on one side only");
        return;
    }
    PluginFolder folder;
    const auto library = folder.add("sanitized");
    check_sentence(folder.refusal(), library,
                   "is built with -fsanitize=address, this Espalier without sanitizer; build it without");
}

TEST_CASE("plug-ins with two LibTorch versions do not share a process", "[plugin_catalog]")
{
    PluginFolder folder;
    const std::string host = stamp_fact(host::host_stamp(), "torch");
    const auto torch = [](const std::string& version) {
        return [version](Manifest& m) { m.stamp = with_fact(m.stamp, "torch", version); };
    };
    const std::string used = host == "none" ? "2.13.0+cpu" : host;
    const auto first = folder.add_edited("twin_a", torch(used));
    const auto second = folder.add_edited("twin_b", torch("2.13.0+cu130"));
    folder.add_with_manifest("acme");
    const Catalog catalog = folder.catalog();
    CHECK(catalog.plugin("twin_a")->refusal.empty());
    CHECK(catalog.plugin("acme")->refusal.empty());
    check_sentence(catalog.plugin("twin_b")->refusal, second, "is built with LibTorch 2.13.0+cu130, ");
    CHECK_THAT(catalog.plugin("twin_b")->refusal,
               ContainsSubstring((host == "none" ? first.string() : "this Espalier") + " with " + used));
}

TEST_CASE("compiler and build type are not compared", "[plugin_catalog]")
{
    PluginFolder folder;
    folder.add_edited("acme", [](Manifest& m) {
        m.stamp = with_fact(with_fact(m.stamp, "compiler", "99.1"), "build_type", "Coverage");
    });
    CHECK(folder.refusal().empty());
}

TEST_CASE("the same plug-in name twice refuses both and names both files", "[plugin_catalog]")
{
    PluginFolder one, other;
    const auto first = one.add_with_manifest("acme");
    const auto second = other.add_with_manifest("acme");
    const std::vector<std::filesystem::path> search_path{one.path(), other.path()};
    const Catalog catalog(search_path);
    REQUIRE(catalog.plugins().size() == 2);
    for (const host::CatalogPlugin& plugin : catalog.plugins()) {
        const auto& twin = plugin.library == first ? second : first;
        check_sentence(plugin.refusal, plugin.library, "has the plug-in name 'acme' as " + twin.string() + " has");
    }
    CHECK(catalog.components().empty());
}

TEST_CASE("a plug-in of the command line stands for those of its name elsewhere", "[plugin_catalog]")
{
    PluginFolder chosen, installed;
    const auto ours = chosen.add_with_manifest("acme");
    const auto theirs = installed.add_with_manifest("acme");
    installed.add_with_manifest("twin_a");
    const std::vector<std::filesystem::path> search_path{chosen.path(), installed.path()};
    const Catalog catalog(search_path, 1);
    REQUIRE(catalog.plugins().size() == 2);
    CHECK(catalog.plugin("acme")->library == ours);
    CHECK(catalog.plugin("acme")->refusal.empty());
    CHECK(catalog.plugin("twin_a")->refusal.empty());
    REQUIRE(catalog.passed_over().size() == 1);
    CHECK(catalog.passed_over()[0] == "plug-in 'acme': " + ours.string() + " stands for " + theirs.string());
    CHECK_FALSE(Catalog(search_path, 2).plugin("acme")->refusal.empty());  // both are chosen: which is meant?
}

TEST_CASE("the same component twice refuses both and names both files", "[plugin_catalog]")
{
    PluginFolder folder;
    const auto first = folder.add_with_manifest("twin_a");
    const auto second = folder.add_edited("twin_b", [](Manifest& m) { m.components[0].name = "constant_a"; });
    const Catalog catalog = folder.catalog();
    check_sentence(catalog.plugin("twin_a")->refusal, first, "has the reward 'constant_a' as " + second.string());
    check_sentence(catalog.plugin("twin_b")->refusal, second, "has the reward 'constant_a' as " + first.string());
}

TEST_CASE("root runs nothing that others may write", "[plugin_catalog]")
{
    if (::geteuid() != 0) {
        WARN("not root");
        return;
    }
    PluginFolder folder;
    const auto library = folder.add_with_manifest("acme");
    SECTION("nothing is writable")
    {
        CHECK(folder.refusal().empty());
    }
    SECTION("the library by its group")
    {
        ::chmod(library.c_str(), 0775);
        check_sentence(folder.refusal(), library, "is not run as root because it may be written by its group");
    }
    SECTION("the library by everybody")
    {
        ::chmod(library.c_str(), 0757);
        check_sentence(folder.refusal(), library, "because it may be written by everybody; say: chmod go-w ");
    }
    SECTION("the manifest")
    {
        ::chmod(manifest_path(library).c_str(), 0666);
        check_sentence(folder.refusal(), library, "because its manifest " + manifest_path(library).string());
    }
    SECTION("the folder")
    {
        ::chmod(folder.path().c_str(), 0777);
        check_sentence(folder.refusal(), library, "because its folder " + folder.path().string());
    }
    SECTION("the folder that a link points into")
    {
        PluginFolder safe;
        std::filesystem::create_symlink(library, safe.path() / library.filename());
        ::chmod(folder.path().c_str(), 0777);
        check_sentence(safe.refusal(), safe.path() / library.filename(),
                       "because its folder " + folder.path().string());
    }
}

TEST_CASE("root runs nothing that belongs to others, or lies below a folder of theirs", "[plugin_catalog]")
{
    if (::geteuid() != 0) {
        WARN("not root");
        return;
    }
    constexpr uid_t kSomebody = 4711;
    PluginFolder folder;
    const std::filesystem::path inner = folder.path() / "outer" / "inner";
    std::filesystem::create_directories(inner);
    const auto library = inner / "espalier_acme.so";
    std::filesystem::copy_file(PluginFolder::fixture("acme"), library);
    PluginFolder::with_manifest(library);
    const auto refusal = [](const std::filesystem::path& searched) {
        return Catalog(std::vector{searched}).plugins()[0].refusal;
    };
    CHECK(refusal(inner).empty());
    SECTION("the library")
    {
        REQUIRE(::chown(library.c_str(), kSomebody, 0) == 0);
        check_sentence(refusal(inner), library, "because it belongs to user 4711; say: chown root " + library.string());
    }
    SECTION("the manifest")
    {
        REQUIRE(::chown(manifest_path(library).c_str(), kSomebody, 0) == 0);
        check_sentence(refusal(inner), library, "because its manifest " + manifest_path(library).string() + " belongs");
    }
    for (const std::filesystem::path& above : {inner, inner.parent_path()}) {
        DYNAMIC_SECTION("a folder of somebody's " << above.filename())
        {
            REQUIRE(::chown(above.c_str(), kSomebody, 0) == 0);
            check_sentence(refusal(inner), library, "because its folder " + above.string() + " belongs to user 4711");
        }
        DYNAMIC_SECTION("a folder that anybody may write " << above.filename())
        {
            REQUIRE(::chmod(above.c_str(), 0777) == 0);
            check_sentence(refusal(inner), library,
                           "because its folder " + above.string() + " may be written by every");
        }
    }
    SECTION("a folder above in which nobody moves what is root's")
    {
        REQUIRE(::chmod(inner.parent_path().c_str(), 01777) == 0);
        CHECK(refusal(inner).empty());
    }
    SECTION("a link that passes through a folder of somebody's")
    {
        const std::filesystem::path theirs = folder.path() / "theirs", safe = folder.path() / "safe";
        for (const std::filesystem::path& made : {theirs, safe})
            std::filesystem::create_directory(made);
        std::filesystem::create_symlink(library, theirs / library.filename());
        std::filesystem::create_symlink(theirs / library.filename(), safe / library.filename());
        CHECK(refusal(safe).find("not run as root") == std::string::npos);
        REQUIRE(::chown(theirs.c_str(), kSomebody, 0) == 0);
        check_sentence(refusal(safe), safe / library.filename(), "because its folder " + theirs.string() + " belongs");
    }
}

TEST_CASE("the tool that writes manifests judges the stamp before it opens a library", "[plugin_catalog]")
{
    PluginFolder folder;
    const auto library = folder.add("debug_mode");
    const std::string told = folder.path() / "told";
    const int status =
        std::system((ESPALIER_BINARY_DIR "/bin/espalier-manifest " + library.string() + " 2>" + told).c_str());
    CHECK(WEXITSTATUS(status) == 3);
    CHECK_FALSE(WIFSIGNALED(status));
    std::string sentence;
    std::ifstream stream(told);
    std::getline(stream, sentence);
    check_sentence(folder.refusal(), library, "is built with the C++ library's debug mode, this Espalier without");
    CHECK(sentence == "espalier-manifest: " + folder.refusal());
}

TEST_CASE("a plug-in built by one compiler call is found without a manifest", "[plugin_catalog]")
{
    PluginFolder folder;
    folder.add("plain");
    const Catalog catalog = folder.catalog();
    REQUIRE(catalog.plugins().size() == 1);
    CHECK(catalog.plugins()[0].refusal.empty());
    CHECK(catalog.find(Kind::reward, "zero"));
}

TEST_CASE("other files in the folder are left alone", "[plugin_catalog]")
{
    PluginFolder folder;
    folder.write("README.md", "plug-ins");
    folder.write("settings.json", "{");
    folder.write("libfoo.so.1", "no plug-in");
    std::filesystem::create_directory(folder.path() / "deeper");
    CHECK(folder.catalog().plugins().empty());
}

TEST_CASE("a cost model is found where an evaluator is asked for", "[plugin_catalog]")
{
    PluginFolder folder;
    folder.add_with_manifest("acme");
    const Catalog catalog = folder.catalog();
    REQUIRE(catalog.find(Kind::evaluator, "flat"));
    CHECK(catalog.find(Kind::evaluator, "flat")->info.kind == Kind::cost_model);
    CHECK_FALSE(catalog.find(Kind::cost_model, "around"));
    CHECK(catalog.names(Kind::evaluator) == std::vector<std::string>{"around", "flat"});
    CHECK(catalog.names(Kind::cost_model) == std::vector<std::string>{"flat"});
}

TEST_CASE("the search path: command line, environment, user, beside the command", "[plugin_catalog]")
{
    PluginFolder one, other, home;
    const Environment listed("ESPALIER_PLUGIN_PATH", (other.path().string() + "::" + one.path().string()).c_str());
    const Environment user("XDG_DATA_HOME", home.path().c_str());
    const std::vector<std::string> given{one.path().string()};
    const auto folders = host::plugin_search_path(given).all;
    REQUIRE(folders.size() == 4);
    CHECK(folders[0] == one.path());  // and only once
    CHECK(folders[1] == other.path());
    CHECK(folders[2] == home.path() / "espalier/plugins");
    CHECK(folders[3] == std::filesystem::weakly_canonical(ESPALIER_BINARY_DIR "/lib/espalier/plugins"));
    const std::vector<std::string> wrong{one.path().string() + "/nowhere"};
    CHECK_THROWS_WITH(host::plugin_search_path(wrong), ContainsSubstring("/nowhere: is no folder"));
}

TEST_CASE("a folder of ten plug-ins is listed", "[plugin_catalog]")
{
    PluginFolder folder;
    for (int i = 0; i < 10; ++i) {
        const std::string name = "copy_" + std::to_string(i);
        const auto library = PluginFolder::with_manifest(folder.add("acme", "espalier_" + name + ".so"));
        Manifest manifest = read_manifest(manifest_path(library));
        manifest.name = name;
        for (ComponentInfo& component : manifest.components)
            component.name += "_" + name;
        write_manifest(manifest, manifest_path(library));
    }
    CHECK(folder.catalog().components().size() == 60);
}
