// SPDX-License-Identifier: Apache-2.0
#include "host/plugins/plugin_report.hpp"

#include "espalier/plugin.hpp"

#include "catch.hpp"
#include "plugin_folder.hpp"
#include "toys/option_table.hpp"

using namespace espalier;

TEST_CASE("the list has names, versions and components, and the refused ones with the reason", "[plugin_report]")
{
    PluginFolder folder;
    folder.add_with_manifest("acme");
    const auto refused = folder.write("espalier_text.so", "text");
    const std::string text = host::plugin_list(folder.catalog());
    CHECK_THAT(text, ContainsSubstring("acme 1.2.3\n"));
    CHECK_THAT(text, ContainsSubstring("  reward      weighted            A reward that reaches for a target\n"));
    CHECK_THAT(text, ContainsSubstring("refused\n  " + refused.string() + ": is not a shared library"));
}

TEST_CASE("an empty list says where was searched", "[plugin_report]")
{
    PluginFolder folder;
    CHECK(host::plugin_list(folder.catalog()) == "no plug-ins; searched in\n  " + folder.path().string() + "\n");
}

TEST_CASE("a component is shown with its options", "[plugin_report]")
{
    PluginFolder folder;
    folder.add_with_manifest("acme");
    const std::string text = host::plugin_details(folder.catalog(), "weighted");
    CHECK(text ==
          "reward weighted (plug-in acme)\n"
          "  A reward that reaches for a target\n"
          "  option  type    default  allowed     symbol  meaning\n"
          "  target  number  40       0 to 1000   T       what to reach, in ms\n"
          "  alpha   number  0.9      0 to 1      \\alpha  how hard | how soft\n"
          "  mode    text    soft     soft, hard          how a miss counts\n"
          "  for example  reward: {use: weighted}\n");
}

TEST_CASE("a plug-in is shown with its library, stamp and components", "[plugin_report]")
{
    PluginFolder folder;
    const auto library = folder.add_with_manifest("acme");
    const std::string text = host::plugin_details(folder.catalog(), "acme");
    CHECK_THAT(text, ContainsSubstring("plug-in acme 1.2.3\n  library     " + library.string()));
    CHECK_THAT(text, ContainsSubstring("library=libstdc++"));
    CHECK_THAT(text, ContainsSubstring("  cost_model  flat "));
}

TEST_CASE("an unknown name is told with the nearest", "[plugin_report]")
{
    PluginFolder folder;
    folder.add_with_manifest("acme");
    const auto catalog = folder.catalog();
    CHECK_THROWS_WITH(host::plugin_details(catalog, "wieghted"),
                      ContainsSubstring("no plug-in and no component is named 'wieghted'; did you mean 'weighted'?") &&
                          ContainsSubstring("searched in\n  " + folder.path().string()));
}

TEST_CASE("a refused plug-in is shown with the reason", "[plugin_report]")
{
    PluginFolder folder;
    folder.add_edited("acme", [](Manifest& m) { m.abi = 0; });
    CHECK_THAT(host::plugin_details(folder.catalog(), "acme"),
               ContainsSubstring("plug-in acme is refused\n") && ContainsSubstring("was built for an older Espalier"));
}

TEST_CASE("check opens the library, whatever its manifest says", "[plugin_report]")
{
    PluginFolder folder;
    const auto good = folder.add("acme");
    const host::CheckedPlugin accepted = host::check_plugin(good);
    CHECK(accepted.plugin.refusal.empty());
    CHECK_THAT(host::plugin_verdict(accepted), ContainsSubstring(good.string() + ": good: plug-in acme 1.2.3, ABI " +
                                                                 std::to_string(kAbiVersion) + "\n"));
    CHECK_THAT(host::plugin_verdict(accepted), ContainsSubstring("espalier-manifest " + good.string()));

    const auto crashing = folder.add("aborts_when_opened");
    const host::CheckedPlugin crashed = host::check_plugin(crashing);
    CHECK_FALSE(crashed.plugin.refusal.empty());
    CHECK_THAT(host::plugin_verdict(crashed),
               ContainsSubstring(crashing.string() + ": crashes (Aborted) when it is opened"));

    const host::CheckedPlugin missing = host::check_plugin(folder.path() / "nothing.so");
    CHECK_FALSE(missing.plugin.refusal.empty());
    CHECK_THAT(host::plugin_verdict(missing),
               ContainsSubstring("nothing.so: cannot be read: No such file or directory"));
}

TEST_CASE("the Markdown table escapes what would end a cell", "[plugin_report]")
{
    PluginFolder folder;
    folder.add_with_manifest("acme");
    const auto catalog = folder.catalog();
    CHECK(documented(catalog.find(Kind::reward, "weighted")->info.options) ==
          "| option | type | default | allowed | symbol | meaning |\n"
          "| --- | --- | --- | --- | --- | --- |\n"
          "| `target` | number | `40` | 0 to 1000 | T | what to reach, in ms |\n"
          "| `alpha` | number | `0.9` | 0 to 1 | \\alpha | how hard \\| how soft |\n"
          "| `mode` | text | `soft` | soft, hard |  | how a miss counts |\n");
    CHECK_THAT(documented(catalog.find(Kind::cost_model, "flat")->info.options),
               ContainsSubstring("| `latency_ms` | number | required |"));
    CHECK(documented(catalog.find(Kind::strategy, "hollow")->info.options) == "No options.\n");
}
