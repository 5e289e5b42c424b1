// SPDX-License-Identifier: Apache-2.0
// The published latencies of FBNet networks are sums over their layers: 300 networks tell all of them.
#include "fbnet.hpp"

#include <cstdlib>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "espalier/regression/metrics.hpp"

#include "additive.hpp"
#include "catch.hpp"
#include "predicted.hpp"
#include "toys/nested_components.hpp"
#include "toys/quiet.hpp"

using namespace espalier;

namespace {

constexpr int kLearntFrom = 300, kAsked = 1000;
constexpr double kMostError = 0.1;  // %

std::vector<double> latencies(CostModel& model, std::span<const Candidate> candidates)
{
    test::Quiet quiet;
    std::vector<double> all;
    for (const Evaluation& evaluation : model.evaluate(candidates, quiet))
        all.push_back(evaluation.metrics.at("latency_ms"));
    return all;
}

}  // namespace

TEST_CASE("300 networks tell the latency of all on four devices where it is a sum over layers", "[predicted][fbnet]")
{
    const char* const folder = std::getenv("ESPALIER_DATA");
    const std::filesystem::path file =
        std::filesystem::path(folder != nullptr ? folder : "") / "fbnet_lut_hwnasbench/fbnet_lut_cifar100.csv.gz";
    if (folder == nullptr || !std::filesystem::exists(file)) {
        WARN("skipped: ESPALIER_DATA has no fbnet_lut_hwnasbench/fbnet_lut_cifar100.csv.gz");
        return;
    }
    test::NestedComponents components;
    components.add<cost_models::Additive>("additive", "");
    components.add<predicted::Predicted>("predicted", "");
    const fbnet::FBNet space({}, {});
    Setup setup = components.setup();
    setup.space = &space;
    for (const std::string device : {"raspi4", "pixel3", "eyeriss", "fpga"}) {
        const std::string published =
            "{use: additive, file: '" + file.string() + "', column: " + device +
            "_latency_minus_skip_ms, as: latency_ms, decision_column: layer, option_column: op}";
        const auto truth = setup.make(Use<CostModel>{published});
        const auto learnt = setup.make(
            Use<CostModel>{"{use: predicted, of: " + published + ", samples: " + std::to_string(kLearntFrom) + "}"});
        test::Quiet quiet;
        const auto phase = learnt->training(Region(space.decisions()), nullptr);
        Phase::Step step{0, Rng(1, device), quiet};
        while (phase->step(step))
            ++step.index;
        CHECK(quiet.notes.find("mape latency_ms")->second < kMostError);
        std::vector<Candidate> asked;
        Rng rng(2, device);
        for (int i = 0; i < kAsked; ++i)
            asked.emplace_back(space, random_architecture(Region(space.decisions()), rng));
        const double error = regression::mape(latencies(*truth, asked), latencies(*learnt, asked));
        INFO(device << ": " << error << " %");
        CHECK(error < kMostError);
    }
}
