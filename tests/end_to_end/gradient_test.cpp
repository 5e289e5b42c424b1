// SPDX-License-Identifier: Apache-2.0
// Search by gradient as a whole: both stages and the training of what they find, where the right answer is known.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "catch.hpp"
#include "host/store/store.hpp"
#include "killed_run.hpp"
#include "small_search.hpp"
#include "toys/png_file.hpp"

using namespace small_search;
using espalier::host::RunStore;

namespace {

/// Two classes of 32 training images and eight test images, each of a colour of its own.
void write_coloured(const Shell& shell)
{
    for (int i = 0; i < 80; ++i) {
        const std::string own = std::string(i < 64 ? "images/train/" : "images/val/") + (i % 2 == 0 ? "red" : "blue");
        std::filesystem::create_directories(shell.folder() / own);
        const auto shade = static_cast<unsigned char>(3 * i);
        shell.write(own + "/" + std::to_string(i) + ".png",
                    png_file(i % 2 == 0 ? 255 : 0, shade, i % 2 == 0 ? 0 : 255, 16, 16));
    }
}

/// Two operations, three widths, and a utilisation that outweighs all else: a width of 16 fills the array.
std::string two_stages(int epochs, int width_epochs)
{
    return "name: gradient\n"
           "data: {use: image_folder, path: images, side: 16}\n"
           "space: {use: u_boost_cell, array: 16, cells: 1, widths: [0.5, 1, 1.25], operations: [conv3, separable3]}\n"
           "costs: [{use: systolic, rows: 16, columns: 16, batch: 64, ceiling: smooth}]\n"
           "strategy: {use: u_boost, width: 16, beta: 100, logits_deviation: 0.1, logits_rate: 0.2, split: in_turn,\n"
           "           weights_share: 0.5, temperature_decay: 0.9, batch: 16, crop: 1, epochs: " +
           std::to_string(epochs) + ", width_epochs: " + std::to_string(width_epochs) +
           "}\n"
           "final: [{use: train, epochs: 3, batch: 16, schedule: one_cycle, rise: 0.1, clip: 0.5, crop: 1}]\n";
}

nlohmann::json winner(const Shell& shell, const std::string& run)
{
    const auto winners = nlohmann::json::parse(shell.read(run + "/winners.json"));
    REQUIRE(winners.size() == 1);
    return winners[0];
}

/// The run's notes, with all digits.
std::string curves(const Shell& shell, const std::string& run)
{
    std::string text;
    const RunStore store = RunStore::read_only(shell.folder() / run);
    for (const char* series : {"operations loss", "operations cross_entropy", "operations time",
                               "operations utilisation", "operations entropy", "widths loss", "widths cross_entropy",
                               "widths time", "widths utilisation", "widths entropy", "train_loss"})
        for (const auto& note : store.notes(series))
            text += fmt::format("{} {:a}\n", series, note.value);
    return text;
}

}  // namespace

TEST_CASE("U-Boost ends at the operation and the width that fill the array", "[end_to_end][u_boost]")
{
    const Shell shell(kPlugins);
    write_coloured(shell);
    shell.write("small.yaml", two_stages(16, 32));
    const Outcome run = shell.espalier("run small.yaml --out r --quiet");
    INFO(run.err);
    REQUIRE(run.status == 0);
    const auto best = winner(shell, "r");
    CHECK(best.at("architecture") ==
          "conv3 conv3 | conv3 conv3 conv3 | conv3 conv3 conv3 conv3 ; 16 16 | 16 16 | 16 16 "
          "16 | 16 16 16 16");
    CHECK(best.at("metrics").at("utilisation").get<double>() > 0.9);
    CHECK(best.at("metrics").at("timed_operations") == 9);
    CHECK(best.at("metrics").at("degenerate") == 0);
    CHECK(best.at("final").contains("top1_pct"));
    CHECK(std::filesystem::exists(shell.folder() / "r/winners/best"));
}

TEST_CASE("a search by gradient that is killed and resumed ends as if it had not been", "[end_to_end][u_boost]")
{
    const Shell shell(kPlugins);
    write_coloured(shell);
    shell.write("small.yaml", two_stages(6, 6));
    REQUIRE(shell.espalier("run small.yaml --out whole --quiet").status == 0);
    KilledRun killed(shell, "small.yaml", "killed", progress(shell.folder() / "whole").work());
    killed.kill_at(&Progress::strategy, 2);
    killed.kill_in_save(&Progress::strategy, 4);
    killed.kill_at(&Progress::strategy, 8);
    killed.kill_in_save(&Progress::strategy, 10);
    killed.kill_at(&Progress::final, 1);
    CHECK(killed.finish() == 0);
    WARN(killed.tally().text());
    CHECK(killed.tally().kills >= 3);
    CHECK(shell.read("killed/winners.json") == shell.read("whole/winners.json"));
    const std::string known = curves(shell, "whole");
    CHECK(lines(known).size() == 75);
    CHECK(first_difference(curves(shell, "killed"), known) == "");
}

TEST_CASE("gradients search another space by another cost", "[end_to_end][u_boost]")
{
    const Shell shell(kPlugins);
    write_coloured(shell);
    shell.write(
        "cells.yaml",
        "name: cells\n"
        "data: {use: image_folder, path: images, side: 16}\n"
        "space: {use: nas_bench_201, channels: 4, cells: 1}\n"
        "costs: [{use: macs}]\n"
        "strategy: {use: gradient, time: macs, lambda: 1, split: in_turn, weights_share: 0.5, batch: 16, epochs: 16,\n"
        "           crop: 1, logits_rate: 0.3, logits_deviation: 0.1, edge_cost: expected}\n");
    const Outcome run = shell.espalier("run cells.yaml --out r --quiet");
    INFO(run.err);
    REQUIRE(run.status == 0);
    CHECK(winner(shell, "r").at("architecture").get<std::string>().find("conv") == std::string::npos);
    const Outcome refused = shell.espalier("run cells.yaml --out s --quiet --set strategy.time=mcas");
    CHECK(refused.status == 2);
    CHECK_THAT(refused.err,
               ContainsSubstring(
                   "strategy.time: no cost model gives 'mcas' layer by layer; did you mean 'macs'?; allowed: macs"));
    const Outcome widths =
        shell.espalier("run cells.yaml --out s --quiet --set 'strategy={use: u_boost, time: macs, utilisation: \"\"}'");
    CHECK(widths.status == 2);
    CHECK_THAT(widths.err, ContainsSubstring("needs a space that decides on operations and on widths"));
}
