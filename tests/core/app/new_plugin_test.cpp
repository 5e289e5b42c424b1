// SPDX-License-Identifier: Apache-2.0
#include <filesystem>

#include "catch.hpp"
#include "shell.hpp"

// That the projects build, pass their tests and search is tested against an installed prefix, in tests/install.

TEST_CASE("new-plugin writes a project in its author's name", "[command]")
{
    const Shell shell;
    const Outcome made = shell.espalier("new-plugin not_my_plugin --kind cost_model --torch");
    REQUIRE(made.status == 0);
    CHECK_THAT(made.out, ContainsSubstring("not_my_plugin is a cost model. Next:\n  cmake -S not_my_plugin ") &&
                             ContainsSubstring("espalier run not_my_plugin/experiment.yaml"));
    const auto file = [&](const std::string& name) { return shell.read("not_my_plugin/" + name); };
    CHECK_THAT(file("CMakeLists.txt"), ContainsSubstring("find_package(Espalier 0.1 REQUIRED COMPONENTS torch)\n") &&
                                           ContainsSubstring("(not_my_plugin SOURCES plugin.cpp TORCH)\n"));
    CHECK_THAT(file("not_my_plugin.hpp"), ContainsSubstring("class NotMyPluginCostModel final : public CostModel") &&
                                              ContainsSubstring("namespace espalier::not_my_plugin_plugin {") &&
                                              !ContainsSubstring("SPDX"));
    CHECK_THAT(file("experiment.yaml"), ContainsSubstring("costs:       [{use: not_my_plugin,"));
    for (const char* name : {"README.md", "plugin.cpp", "expect.hpp", "one_convolution.hpp", "not_my_plugin_test.cpp"})
        CHECK(std::filesystem::exists(shell.folder() / "not_my_plugin" / name));
    CHECK(shell.espalier("new-plugin plain --kind data --out folder/of/mine").status == 0);
    CHECK_THAT(shell.read("folder/of/mine/CMakeLists.txt"), !ContainsSubstring("torch"));
}

TEST_CASE("new-plugin refuses what would not build or is there", "[command]")
{
    const Shell shell;
    const auto refused = [&](const std::string& arguments, const std::string& sentence) {
        const Outcome outcome = shell.espalier("new-plugin " + arguments);
        CHECK(outcome.status == 2);
        CHECK_THAT(outcome.err, ContainsSubstring(sentence));
    };
    for (const char* name : {"Hill", "1st", "a-b", "a/b", "../x", "''", "_a"})
        refused(std::string(name) + " --kind reward", "is no name of a plug-in");
    refused(std::string(65, 'a') + " --kind reward", "is no name of a plug-in");
    refused("expect --kind reward", "'expect' is the name of a file of these projects");
    refused("mine", "--kind is missing: one of strategy, space, evaluator, cost_model, reward, data");
    refused("mine --kind strateg", "did you mean 'strategy'?");
    refused("patient --kind evaluator", "there is an evaluator 'patient' already");
    refused("orchard --kind data", "a plug-in 'orchard' is there already");
    std::filesystem::create_directory(shell.folder() / "mine");
    shell.write("mine/kept", "");
    refused("mine --kind data", "mine: is there already; choose another folder with --out");
}
