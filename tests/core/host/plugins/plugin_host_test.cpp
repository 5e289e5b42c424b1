// SPDX-License-Identifier: Apache-2.0
#include "host/plugins/plugin_host.hpp"

#include <fstream>

#include <dlfcn.h>

#include "catch.hpp"
#include "plugin_folder.hpp"

using namespace espalier;
using host::PluginError;
using host::PluginHost;

namespace {

/// A catalog of one folder and the host over it.
struct Hosted {
    explicit Hosted(const PluginFolder& folder) : catalog(folder.catalog()), plugins(catalog) {}

    template <class Interface>
    std::unique_ptr<Interface> make(const std::string& yaml)
    {
        return plugins.setup().make(Use<Interface>(yaml));
    }

    host::Catalog catalog;
    PluginHost plugins;
};

bool is_mapped(const std::filesystem::path& library)
{
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);) {
        if (line.find(library.string()) != line.npos)
            return true;
    }
    return false;
}

}  // namespace

TEST_CASE("a plug-in is loaded when it is first named, and never unloaded", "[plugin_host]")
{
    PluginFolder folder;
    const auto used = folder.add_with_manifest("twin_a");
    const auto plain = folder.add_with_manifest("plain");  // built without -z nodelete
    const auto unused = folder.add_with_manifest("twin_b");
    std::unique_ptr<Reward> reward, zero;
    {
        Hosted host(folder);
        CHECK_FALSE(is_mapped(used));
        CHECK(host.plugins.loaded().empty());
        reward = host.make<Reward>("{use: constant_a, value: 3}");
        zero = host.make<Reward>("{use: zero}");
        REQUIRE(host.plugins.loaded().size() == 2);
        CHECK(host.plugins.loaded()[0]->name == "plain");
        CHECK(host.plugins.loaded()[1]->name == "twin_a");
        CHECK(is_mapped(used));
        CHECK_FALSE(is_mapped(unused));
        CHECK_FALSE(::dlsym(RTLD_DEFAULT, "espalier_plugin"));  // nobody else links against a plug-in by accident
    }
    // objects outlive the host
    CHECK(is_mapped(plain));
    CHECK((*reward)({{"x", 1}}) == 3);
    CHECK((*zero)({}) == 0);
}

TEST_CASE("two plug-ins with equal internal class names coexist", "[plugin_host]")
{
    PluginFolder folder;
    folder.add_with_manifest("twin_a");
    folder.add_with_manifest("twin_b");
    Hosted host(folder);
    const auto a = host.make<Reward>("{use: constant_a, value: 5}");
    const auto b = host.make<Reward>("{use: constant_b, value: 7}");
    CHECK((*a)({{"x", 1}}) == 5);
    CHECK((*b)({{"x", 1}}) == 7);
    CHECK((*a)({}) == -5);  // each catches its own exception
    CHECK((*b)({}) == -7);
}

TEST_CASE("a nested component is made by the host, and a cost model serves as evaluator", "[plugin_host]")
{
    PluginFolder folder;
    folder.add_with_manifest("acme");
    Hosted host(folder);
    const auto evaluator = host.make<Evaluator>("{use: around, of: {use: around, of: {use: flat, latency_ms: 2}}}");
    CHECK(evaluator->metrics() == std::vector<std::string>{"latency_ms"});
    CHECK(host.make<CostModel>("{use: flat, latency_ms: 2}")->metrics().size() == 1);
}

TEST_CASE("an unknown component is told with place, nearest, choice and search path", "[plugin_host]")
{
    PluginFolder folder;
    folder.add_with_manifest("acme");
    folder.add_with_manifest("twin_a");
    Hosted host(folder);
    const auto make = [&](Kind kind, const std::string& yaml) {
        return host.plugins.make(kind, parse_config(yaml, "x.yaml"), host.plugins.setup());
    };
    CHECK_THROWS_WITH(
        make(Kind::reward, "{use: wieghted}"),
        ContainsSubstring("x.yaml:1:7: use: no plug-in has a reward 'wieghted'; did you mean 'weighted'?"));
    CHECK_THROWS_WITH(make(Kind::reward, "{use: wieghted}"), ContainsSubstring("constant_a, throwing, weighted"));
    CHECK_THROWS_WITH(make(Kind::reward, "{use: wieghted}"),
                      ContainsSubstring("(searched in " + folder.path().string() + ")"));
    CHECK_THROWS_AS(make(Kind::reward, "{use: wieghted}"), ConfigError);
    CHECK_THROWS_WITH(make(Kind::evaluator, "{use: weighted}"),
                      ContainsSubstring("'weighted' is a reward, not an evaluator"));
    CHECK_THROWS_WITH(make(Kind::reward, "{target: 3}"), ContainsSubstring("names no reward; write {use: NAME}"));
    CHECK_THROWS_WITH(make(Kind::evaluator, "{use: around, of: {use: flut}}"),
                      ContainsSubstring("x.yaml:1:25: of.use: no plug-in has an evaluator 'flut'"));
}

TEST_CASE("what a constructor throws comes out at the component's place", "[plugin_host]")
{
    PluginFolder folder;
    folder.add_with_manifest("acme");
    Hosted host(folder);
    const auto make = [&](Kind kind, const std::string& yaml) {
        return host.plugins.make(kind, parse_config("\n" + yaml, "x.yaml"), host.plugins.setup());
    };
    SECTION("an OptionError: at the option, as the plug-in said it")
    {
        CHECK_THROWS_WITH(make(Kind::reward, "{use: weighted, alpha: 1}"),
                          "x.yaml:2:24: alpha: 1 leaves nothing of the target; choose less");
    }
    SECTION("a wrong option: at the option")
    {
        CHECK_THROWS_WITH(make(Kind::reward, "{use: weighted, alpha: 2}"), ContainsSubstring("x.yaml:2:24: alpha: "));
        CHECK_THROWS_WITH(make(Kind::reward, "{use: weighted, alhpa: 1}"), ContainsSubstring("'alpha'"));
    }
    SECTION("a standard exception: with plug-in and component")
    {
        CHECK_THROWS_WITH(make(Kind::reward, "{use: throwing}"),
                          ContainsSubstring("x.yaml:2:1") &&
                              ContainsSubstring("reward 'throwing' of plug-in 'acme' cannot be made: too long for me"));
        CHECK_THROWS_AS(make(Kind::reward, "{use: throwing}"), ConfigError);
    }
    SECTION("what is no exception")
    {
        CHECK_THROWS_WITH(make(Kind::reward, "{use: throwing, what: number}"),
                          ContainsSubstring("reward 'throwing' of plug-in 'acme' cannot be made: it throws something"));
    }
    SECTION("nothing")
    {
        CHECK_THROWS_WITH(make(Kind::strategy, "{use: hollow}"),
                          ContainsSubstring("strategy 'hollow' of plug-in 'acme' cannot be made: "));
    }
    SECTION("something of another kind")
    {
        CHECK_THROWS_WITH(make(Kind::strategy, "{use: disguised}"),
                          ContainsSubstring("strategy 'disguised' of plug-in 'acme' is registered as a strategy but"));
    }
}

TEST_CASE("a refused plug-in's component is refused with the plug-in's reason", "[plugin_host]")
{
    PluginFolder folder;
    const auto library = folder.add_edited("acme", [](Manifest& m) { m.abi = 0; });
    Hosted host(folder);
    CHECK_THROWS_AS(host.make<Reward>("{use: weighted}"), PluginError);
    CHECK_THROWS_WITH(host.make<Reward>("{use: weighted}"),
                      ContainsSubstring(library.string() + ": was built for an older Espalier"));
    CHECK_FALSE(is_mapped(library));
}

TEST_CASE("a refused plug-in is told as such from inside another component, too", "[plugin_host]")
{
    PluginFolder folder;
    folder.add_with_manifest("acme");
    folder.add_edited("twin_a", [](Manifest& m) {
        m.abi = 0;
        m.components[0].kind = Kind::evaluator;
    });
    Hosted host(folder);
    CHECK_THROWS_AS(host.make<Evaluator>("{use: around, of: {use: constant_a}}"), PluginError);
}

TEST_CASE("what a library says of itself is checked again after loading", "[plugin_host]")
{
    PluginFolder folder;
    std::filesystem::path library;
    SECTION("another version")
    {
        library = folder.add_edited("twin_a", [](Manifest& m) { m.version = "9.9"; });
        Hosted host(folder);
        CHECK_THROWS_WITH(host.make<Reward>("{use: constant_a}"),
                          ContainsSubstring(library.string() + ": is 'twin_a' 0.1.0, its manifest says 'twin_a' 9.9"));
        CHECK_THROWS_AS(host.make<Reward>("{use: constant_a}"), PluginError);
    }
    SECTION("another stamp")
    {
        library = folder.add_edited("twin_a", [](Manifest& m) { m.stamp += "x"; });
        Hosted host(folder);
        CHECK_THROWS_WITH(host.make<Reward>("{use: constant_a}"), ContainsSubstring("or their build stamps differ"));
    }
    SECTION("another component")
    {
        library = folder.add_edited("twin_a", [](Manifest& m) { m.components[0].name = "variable"; });
        Hosted host(folder);
        CHECK_THROWS_WITH(host.make<Reward>("{use: variable}"),
                          ContainsSubstring(library.string() + ": registers no reward 'variable'"));
    }
    SECTION("the library is gone since")
    {
        library = folder.add_with_manifest("twin_b");
        Hosted host(folder);
        std::filesystem::remove(library);
        CHECK_THROWS_WITH(host.make<Reward>("{use: constant_b}"), ContainsSubstring(library.string() + ": "));
        CHECK_THROWS_AS(host.make<Reward>("{use: constant_b}"), PluginError);
    }
    SECTION("a symbol is missing only here")
    {
        library = folder.add_edited("twin_b", [](Manifest&) {});
        Manifest manifest = read_manifest(manifest_path(library));
        std::filesystem::copy_file(PluginFolder::fixture("missing_symbol"), library,
                                   std::filesystem::copy_options::overwrite_existing);
        describe_file(manifest, library);
        write_manifest(manifest, manifest_path(library));
        Hosted host(folder);
        CHECK_THROWS_WITH(host.make<Reward>("{use: constant_b}"),
                          library.string() +
                              ": uses acme::function_of_a_newer_version(int), which no library defines; link what "
                              "defines it, or build the plug-in with this Espalier's SDK");
    }
}
