// SPDX-License-Identifier: Apache-2.0
#include "catch.hpp"
#include "small_search.hpp"

using namespace small_search;

TEST_CASE("a winner is exported with the weights that its run trained", "[export]")
{
    const Shell shell(kPlugins);
    write_images(shell);
    shell.write("trained.yaml",
                "name: trained\n"
                "data: {use: idx, path: images, classes: 4}\n"
                "space: {use: nas_bench_201, channels: 4, cells: 1}\n"
                "costs: [{use: params}]\n"
                "objectives: [{metric: params, goal: max}]\n"
                "strategy: {use: random}\n"
                "budget: {evaluations: 2}\n"
                "final: [{use: train, epochs: 1, batch: 10}]\n");
    REQUIRE(shell.espalier("run trained.yaml --out trained").status == 0);
    const std::string winners = shell.read("trained/winners.json"), key = "\"architecture\": \"";
    const std::size_t begin = winners.find(key) + key.size();
    const std::string architecture = " '" + winners.substr(begin, winners.find('"', begin) - begin) + "' --out ";
    const Outcome exported = shell.espalier("export trained" + architecture + "run.onnx");
    INFO(exported.err);
    REQUIRE(exported.status == 0);
    CHECK_THAT(exported.out, ContainsSubstring("weights: those of trained/winners/best"));
    REQUIRE(shell.espalier("export trained/winners/best --out folder.onnx").status == 0);
    CHECK(shell.read("run.onnx") == shell.read("folder.onnx"));
    CHECK_THAT(shell.read("run.onnx"), ContainsSubstring("running_mean"));
    REQUIRE(shell.espalier("export trained.yaml" + architecture + "random.onnx").status == 0);
    CHECK(shell.read("run.onnx") != shell.read("random.onnx"));
}
