// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

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
std::string in_stages(const std::string& strategy)
{
    return "name: stages\n"
           "data: {use: cifar10, path: images, validation: 20}\n"
           "space: {use: hurricane, backbone: mini, operators: paper_dsp, affine: false}\n"
           "evaluator: {use: supernet, images: 64, epochs: 3, batch: 16, learning_rate: 0.05, crop: 1, recalibrate: "
           "32,\n"
           "            recalibration_batch: 16}\n"
           "costs: [{use: predicted, of: {use: device_profile, device: dsp}, samples: 60, model: bayesian_ridge,\n"
           "         features: plain}]\n"
           "constraints: [{metric: latency_ms, max: 7}]\n"
           "objectives: [{metric: top1_pct, goal: max}]\n"
           "strategy: {" +
           strategy +
           ", population: 6, parents: 3, generations: 3}\n"
           "final: [{use: train, images: 64, epochs: 3, batch: 16, score_on: validation}]\n";
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

std::string left(const Shell& shell, const std::string& run)
{
    return shell.espalier("results " + run + " --all --format csv").out +
           shell.espalier("results " + run + " --notes --format csv").out + shell.read(run + "/winners.json");
}

}  // namespace

TEST_CASE("a search in two stages, killed in training, evolution and retraining, finds the same winners",
          "[end_to_end][stages]")
{
    const Shell shell(kPlugins);
    write_coloured_images(shell);
    shell.write("small.yaml", in_stages("use: hurricane, each_winner: true"));
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
    for (const std::size_t epoch : {1, 2, 4, 5})
        killed.kill_at(&Progress::reference, epoch);
    killed.kill_at(&Progress::evaluations, 25);
    killed.kill_at(&Progress::final, 2);
    REQUIRE(killed.finish() == 0);
    CHECK(first_difference(left(shell, "killed"), left(shell, "whole")) == "");
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
