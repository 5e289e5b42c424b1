// SPDX-License-Identifier: Apache-2.0
// QoS-NAS as a whole: its phases, its baselines and its winner, killed and resumed.
#include <filesystem>
#include <map>
#include <stdexcept>
#include <string>

#include <nlohmann/json.hpp>

#include "catch.hpp"
#include "killed_run.hpp"
#include "small_search.hpp"

using namespace small_search;

namespace {

const char* const kSearch =
    "name: requests\n"
    "data: {use: idx, path: images, classes: 4}\n"
    "space: {use: meta_graph, backbone: r9, width: 0.5, combine: mean}\n"
    "costs: [{use: composite, of: [{use: macs}], weights: [1e-6], as: latency_ms}]\n"
    "reward: {use: qos_product, accuracy: prob}\n"
    "strategy: {use: qos_nas, batch: 16, crop: 1, cutout: 0, epochs: 2, search_epochs: 2, tune_epochs: 2, warm_start: "
    "300,\n"
    "           controller_pool: 2, controller_widths: [4, 8], controller_hidden: 16, constants: 2,\n"
    "           beside: [{use: meta_graph, backbone: r9, width: 0.3}]}\n";

/// The bytes of all files of the winner, by their paths in its folder.
std::map<std::string, std::string> winner_files(const Shell& shell, const std::string& run)
{
    std::map<std::string, std::string> files;
    const std::string winners = run + "/winners";
    for (const auto& entry : std::filesystem::recursive_directory_iterator(shell.folder() / winners))
        if (entry.is_regular_file()) {
            const std::string name = std::filesystem::relative(entry.path(), shell.folder() / winners).string();
            files[name] = shell.read(winners + "/" + name);
        }
    return files;
}

/// The one whose path ends so.
const std::string& ending(const std::map<std::string, std::string>& files, const std::string& end)
{
    for (const auto& [name, bytes] : files)
        if (name.ends_with(end))
            return bytes;
    FAIL("there is no " << end);
    throw std::logic_error(end);
}

}  // namespace

TEST_CASE("a search for requests that is killed and resumed ends as if it had not been", "[end_to_end][qos_nas]")
{
    const Shell shell(kPlugins);
    write_images(shell);
    shell.write("small.yaml", kSearch);
    const Outcome run = shell.espalier("run small.yaml --out whole --quiet");
    INFO(run.err);
    REQUIRE(run.status == 0);
    const auto winners = nlohmann::json::parse(shell.read("whole/winners.json"));
    REQUIRE(winners.size() == 1);
    const auto& metrics = winners[0].at("metrics");
    CHECK(metrics.at("fps_uniform").get<double>() > 0);
    CHECK(metrics.at("best_constant_uniform_pct").get<double>() > 0);
    const auto files = winner_files(shell, "whole");
    CHECK(files.size() == 9);  // two model folders of three files
    CHECK(lines(ending(files, "/curve.csv")).size() == 22);
    CHECK_THAT(ending(files, "/distributions.csv"), ContainsSubstring("all off") && ContainsSubstring("beside 1"));

    KilledRun killed(shell, "small.yaml", "killed", progress(shell.folder() / "whole").work());
    for (const std::size_t step : {1, 3, 5, 8, 11})
        killed.kill_at(&Progress::strategy, step);
    killed.kill_in_save(&Progress::strategy, 12);
    CHECK(killed.finish() == 0);
    WARN(killed.tally().text());
    CHECK(killed.tally().kills >= 3);
    CHECK(shell.read("killed/winners.json") == shell.read("whole/winners.json"));
    CHECK((winner_files(shell, "killed") == files));
}

TEST_CASE("what a search for requests cannot work with is refused", "[end_to_end][qos_nas]")
{
    const Shell shell(kPlugins);
    write_images(shell);
    shell.write("small.yaml", kSearch);
    const auto refused = [&](const std::string& with) {
        const Outcome check = shell.espalier("check small.yaml " + with);
        CHECK(check.status == 2);
        return check.err;
    };
    CHECK_THAT(refused("--set space.backbone=cifar32 --set space.width=0.1 --set 'strategy.beside=[{use: "
                       "nas_bench_201, channels: 4, cells: 1}]'"),
               ContainsSubstring("strategy.beside") && ContainsSubstring("has other decisions"));
    CHECK_THAT(refused("--set 'space={use: nas_bench_201, channels: 4, cells: 1}' --set 'strategy={use: qos_nas}'"),
               ContainsSubstring("no layer of modules"));
    CHECK_THAT(refused("--set strategy.slowest_fps=9 --set strategy.fastest_fps=8"),
               ContainsSubstring("must be below `fastest_fps`"));
    CHECK_THAT(refused("--set 'strategy.controller_widths=[]'"), ContainsSubstring("needs a block at least"));
    CHECK_THAT(refused("--set strategy.latency=latency_s"), ContainsSubstring("latency_s"));
    CHECK_THAT(refused("--set 'reward={use: weighted_sum, metrics: [top1_pct]}'"), ContainsSubstring("top1_pct"));
}
