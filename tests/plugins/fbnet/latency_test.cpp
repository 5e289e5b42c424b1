// SPDX-License-Identifier: Apache-2.0
// The published latencies of four devices, as the cost model `additive` sums them up.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "espalier/sdk/csv.hpp"

#include "additive.hpp"
#include "catch.hpp"
#include "fbnet.hpp"
#include "network.hpp"
#include "toys/quiet.hpp"

using namespace espalier;
using cost_models::Additive;

namespace {

std::optional<std::filesystem::path> published_latencies()
{
    const char* const folder = std::getenv("ESPALIER_DATA");
    const std::filesystem::path file =
        std::filesystem::path(folder != nullptr ? folder : "") / "fbnet_lut_hwnasbench/fbnet_lut_cifar100.csv.gz";
    if (folder != nullptr && std::filesystem::exists(file))
        return file;
    WARN("skipped: ESPALIER_DATA has no fbnet_lut_hwnasbench/fbnet_lut_cifar100.csv.gz");
    return std::nullopt;
}

std::string column_of(const std::string& device)
{
    return device + "_latency_minus_skip_ms";
}

}  // namespace

TEST_CASE("a network's latency is that of all skipped and 22 published differences", "[fbnet]")
{
    const auto file = published_latencies();
    if (!file)
        return;
    const fbnet::FBNet space({}, {});
    Setup setup;
    setup.space = &space;
    Rng rng{7};
    std::vector<Candidate> batch;
    batch.emplace_back(space, Architecture{std::vector<std::uint16_t>(fbnet::kLayers, 8)});
    for (int i = 0; i < 200; ++i)
        batch.emplace_back(space, random_architecture(Region(space.decisions()), rng));
    for (const auto& [device, all_skipped] :
         {std::pair{"raspi4", 7.798226}, {"pixel3", 2.838627995}, {"eyeriss", 2.788352}, {"fpga", 0.0}}) {
        INFO(device);
        Additive model({.file = *file,
                        .column = column_of(device),
                        .as = "latency_ms",
                        .decision_column = "layer",
                        .option_column = "op"},
                       setup);
        test::Quiet quiet;
        const std::vector<Evaluation> found = model.evaluate(batch, quiet);
        CHECK(found[0].metrics.at("latency_ms") == all_skipped);

        const CsvColumns cells(*file, {"layer", "op", column_of(device)});
        REQUIRE(cells.rows() == 199);
        std::map<std::string, double> difference;
        for (std::size_t row = 0; row < cells.rows(); ++row)
            difference[cells.cell(row, 0) + " " + cells.cell(row, 1)] = *cells.number(row, 2);
        for (std::size_t i = 0; i < batch.size(); ++i) {
            double sum = difference.at("0 all_skip_total");
            for (std::size_t layer = 0; layer < fbnet::kLayers; ++layer)
                sum += difference.at(std::to_string(layer + 1) + " " +
                                     std::string(fbnet::kCandidates[batch[i].architecture().choices[layer]]));
            REQUIRE(found[i].ok());
            CHECK(found[i].metrics.at("latency_ms") == Approx(sum).epsilon(1e-12));
        }
    }
}
