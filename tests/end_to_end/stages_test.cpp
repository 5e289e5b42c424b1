// SPDX-License-Identifier: Apache-2.0
#include <map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "espalier/rng.hpp"

#include "catch.hpp"
#include "killed_run.hpp"
#include "small_search.hpp"

using namespace small_search;

namespace {

/// Files as CIFAR-10's, in the folder `images`, all with the same random images.
void write_coloured_images(const Shell& shell)
{
    constexpr std::size_t kImages = 10'000, kPixels = 3 * 32 * 32;
    espalier::Rng rng(1, "pixels");
    std::string bytes;
    bytes.reserve(kImages * (1 + kPixels));
    for (std::size_t image = 0; image < kImages; ++image) {
        bytes += static_cast<char>(image % 10);
        for (std::size_t pixel = 0; pixel < kPixels; pixel += 8)
            for (std::uint64_t drawn = rng(), byte = 0; byte < 8; ++byte)
                bytes += static_cast<char>(drawn >> 8 * byte & 255U);
    }
    std::filesystem::create_directory(shell.folder() / "images");
    shell.write("images/test_batch.bin", bytes);
    for (int batch = 1; batch <= 5; ++batch)
        std::filesystem::create_hard_link(shell.folder() / "images/test_batch.bin",
                                          shell.folder() / ("images/data_batch_" + std::to_string(batch) + ".bin"));
}

/// HURRICANE's two stages on super-networks of 20 layers, trained on 64 images.
std::string in_stages(const std::string& strategy, int epochs = 3)
{
    return fmt::format(
        "name: stages\n"
        "data: {{use: cifar10, path: images, validation: 20}}\n"
        "space: {{use: hurricane, backbone: mini, operators: paper_dsp, affine: false}}\n"
        "evaluator: {{use: supernet, images: 64, epochs: {1}, batch: 16, learning_rate: 0.05, crop: 1, recalibrate: "
        "32,\n"
        "            recalibration_batch: 16}}\n"
        "costs: [{{use: predicted, of: {{use: device_profile, device: dsp}}, samples: 60, model: bayesian_ridge,\n"
        "         features: plain}}]\n"
        "constraints: [{{metric: latency_ms, max: 7}}]\n"
        "objectives: [{{metric: top1_pct, goal: max}}]\n"
        "strategy: {{{0}, population: 6, parents: 3, generations: 3}}\n"
        "final: [{{use: train, images: 64, epochs: {1}, batch: 16, score_on: validation}}]\n",
        strategy, epochs);
}

std::vector<std::vector<std::string>> winners_of(const Shell& shell, const std::string& run)
{
    std::vector<std::vector<std::string>> winners;
    const auto json = nlohmann::json::parse(shell.read(run + "/winners.json"));
    for (const auto& winner : json) {
        CHECK(winner.at("metrics").at("latency_ms").get<double>() <= 7);
        std::istringstream text(winner.at("architecture").get<std::string>());
        auto& layers = winners.emplace_back();
        for (std::string layer; std::getline(text, layer, ',');)
            layers.push_back(layer);
        CHECK(layers.size() == 20);
    }
    return winners;
}

/// Rows, notes, winners, and the bytes of all checkpoints and models.
std::string left(const Shell& shell, const std::string& run)
{
    std::string text = shell.espalier("results " + run + " --all --format csv").out +
                       shell.espalier("results " + run + " --notes --format csv").out +
                       shell.read(run + "/winners.json");
    std::map<std::string, std::uint64_t> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(shell.folder() / run))
        if (const std::string name = entry.path().lexically_relative(shell.folder() / run).string();
            entry.is_regular_file() && (name.starts_with("phases/") || name.starts_with("winners/")))
            files[name] = espalier::stable_hash(shell.read(run + "/" + name));
    for (const auto& [name, hash] : files)
        text += fmt::format("{} {:016x}\n", name, hash);
    return text;
}

/// A moment at which a run is killed.
struct Kill {
    KilledRun::Part part;
    std::size_t step;
    bool in_save = false;
};

/// @return what was killed within 5 to 95 % of the work. @param kills in their order in time.
Tally kill_and_compare(int epochs, const std::vector<Kill>& kills)
{
    const Shell shell(kPlugins);
    write_coloured_images(shell);
    shell.write("small.yaml", in_stages("use: hurricane, each_winner: true", epochs));
    const Outcome whole = shell.espalier("run small.yaml --out whole --quiet");
    INFO(whole.err);
    REQUIRE(whole.status == 0);
    const auto winners = winners_of(shell, "whole");
    REQUIRE(winners.size() == 2);
    for (std::size_t layer = 0; layer < 20; ++layer)
        if (layer < 8)
            CHECK(winners[0][layer] == (layer < 4 ? "SEP_3" : "Choice_3"));  // the first of their lists
        else
            CHECK(winners[1][layer] == winners[0][layer]);
    KilledRun killed(shell, "small.yaml", "killed", progress(shell.folder() / "whole").work());
    for (const auto& [part, step, in_save] : kills)
        in_save ? killed.kill_in_save(part, step) : killed.kill_at(part, step);
    REQUIRE(killed.finish() == 0);
    WARN(killed.tally().text());
    const std::string known = left(shell, "whole");
    CHECK_THAT(known, ContainsSubstring("\nphases/") && ContainsSubstring("\nwinners/stage"));
    CHECK(first_difference(left(shell, "killed"), known) == "");
    return killed.tally();
}

constexpr auto kTraining = &Progress::reference, kEvolution = &Progress::evaluations, kRetraining = &Progress::final;

}  // namespace

TEST_CASE("a search in two stages, killed in training, evolution and retraining, finds the same winners",
          "[end_to_end][stages]")
{
    kill_and_compare(
        3, {{kTraining, 1}, {kTraining, 2}, {kTraining, 4}, {kTraining, 5}, {kEvolution, 25}, {kRetraining, 2}});
}

TEST_CASE("a search in two stages, killed 24 times, ends with the same weights and winners",
          "[end_to_end][stages][slow]")
{
    const Tally tally =
        kill_and_compare(8, {{kTraining, 4},         {kTraining, 5},   {kTraining, 6},    {kTraining, 7, true},
                             {kEvolution, 2},        {kEvolution, 6},  {kEvolution, 10},  {kEvolution, 14},
                             {kTraining, 9},         {kTraining, 11},  {kTraining, 13},   {kTraining, 14, true},
                             {kEvolution, 20},       {kEvolution, 24}, {kEvolution, 28},  {kEvolution, 32},
                             {kRetraining, 1},       {kRetraining, 3}, {kRetraining, 5},  {kRetraining, 6, true},
                             {kRetraining, 8, true}, {kRetraining, 9}, {kRetraining, 10}, {kRetraining, 11}});
    CHECK(tally.kills >= 20);
    CHECK(tally.in_reference >= 3);
    CHECK(tally.in_search >= 8);
    CHECK(tally.in_final >= 5);
    CHECK(tally.in_save >= 1);
}

TEST_CASE("inspect tells the weights of architectures that nobody saved", "[end_to_end][stages]")
{
    const Shell shell(kPlugins);
    write_coloured_images(shell);
    shell.write("small.yaml", in_stages("use: hurricane", 1));
    REQUIRE(shell.espalier("run small.yaml --out r --quiet").status == 0);
    std::istringstream rows(shell.espalier("results r --all --format csv").out);
    std::string row;
    std::getline(rows, row);
    std::getline(rows, row);  // of the first stage, whose super-network it is cut out of
    const std::string scored = row.substr(row.find('"'), row.find('"', row.find('"') + 1) + 1 - row.find('"'));
    const Outcome told = shell.espalier("inspect r " + scored + " --format csv");
    REQUIRE(told.status == 0);
    CHECK_THAT(told.err, ContainsSubstring(", weights cut out of r/phases/evaluator-stage-1-") &&
                             ContainsSubstring("/weights\n"));
    std::istringstream parts(told.out);
    std::getline(parts, row);
    CHECK(row.ends_with(",checksum"));
    int sums = 0;
    while (std::getline(parts, row))
        sums += row.size() - row.rfind(',') == 17 ? 1 : 0;
    CHECK(sums == 1 + 20 + 1 + 1);  // the stem, layers, the head, and all
}

TEST_CASE("two stages of which one is empty are SPOS, bit for bit", "[end_to_end][stages]")
{
    const Shell shell(kPlugins);
    write_coloured_images(shell);
    shell.write("spos.yaml", in_stages("use: spos"));
    shell.write("two.yaml", in_stages("use: hurricane, split: 0"));
    for (const std::string run : {"spos", "two"}) {
        const Outcome outcome = shell.espalier("run " + run + ".yaml --out " + run + " --quiet");
        INFO(outcome.err);
        REQUIRE(outcome.status == 0);
    }
    CHECK(winners_of(shell, "spos").size() == 1);
    CHECK(first_difference(left(shell, "two"), left(shell, "spos")) == "");
}
