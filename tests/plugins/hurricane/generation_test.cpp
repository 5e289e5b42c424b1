// SPDX-License-Identifier: Apache-2.0
// Operator lists for the three made-up devices, as published.
#include "generation.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>
#include <string>

#include "espalier/counts.hpp"
#include "espalier/regression/agreement.hpp"

#include "analytic/device_profile.hpp"
#include "backbone.hpp"
#include "catch.hpp"
#include "hurricane.hpp"
#include "plugins/cost_models/nested_cost_models.hpp"
#include "score.hpp"
#include "toys/quiet.hpp"

using namespace espalier;
using namespace espalier::hurricane;
using Explore = Generation::Explore;

namespace {

constexpr const char* kDevices[] = {"dsp", "cpu", "vpu"};

// device, stage, the best eight
constexpr const char* kBestEight = R"(
dsp_sim,1,Choice_3,MB_3_1,SEP_3,ChoiceX,Choice_3_SE,MB_3_1_SE,SEP_3_SE,ChoiceX_SE
dsp_sim,2,Choice_3,MB_3_1,ChoiceX,Choice_3_SE,MB_3_1_SE,SEP_3,ChoiceX_SE,SEP_3_SE
dsp_sim,3,Choice_3,MB_3_1,ChoiceX,Choice_3_SE,MB_3_1_SE,SEP_3,ChoiceX_SE,SEP_3_SE
dsp_sim,4,Choice_3,MB_3_1,ChoiceX,Choice_3_SE,MB_3_1_SE,ChoiceX_SE,SEP_3,SEP_3_SE
cpu_sim,1,Choice_3,MB_3_1,Choice_3_SE,Choice_5,ChoiceX,MB_3_1_SE,ChoiceX_SE,Choice_5_SE
cpu_sim,2,Choice_3,Choice_5,Choice_3_SE,ChoiceX,MB_3_1,Choice_5_SE,MB_3_1_SE,ChoiceX_SE
cpu_sim,3,Choice_3,Choice_5,Choice_3_SE,Choice_5_SE,ChoiceX,MB_3_1,Choice_7,ChoiceX_SE
cpu_sim,4,Choice_3,Choice_5,Choice_3_SE,Choice_7,Choice_5_SE,ChoiceX,Choice_7_SE,MB_3_1
vpu_sim,1,Choice_3,Choice_5,Choice_7,ChoiceX,MB_3_1,MB_5_1,SEP_3,SEP_5
vpu_sim,2,Choice_3,Choice_5,Choice_7,ChoiceX,MB_3_1,MB_5_1,SEP_3,SEP_5
vpu_sim,3,Choice_3,Choice_5,Choice_7,ChoiceX,MB_3_1,MB_5_1,SEP_3,SEP_5
vpu_sim,4,Choice_3,Choice_5,Choice_7,ChoiceX,MB_3_1,MB_5_1,MB_7_1,SEP_3
)";

// the ranks 5 to 12 of the last stage
constexpr const char* kNextEight[] = {"MB_3_1_SE,ChoiceX_SE,SEP_3,SEP_3_SE,Choice_7,Choice_7_SE,MB_3_3,MB_3_3_SE",
                                      "Choice_5_SE,ChoiceX,Choice_7_SE,MB_3_1,ChoiceX_SE,MB_5_1,MB_3_1_SE,MB_5_1_SE",
                                      "MB_3_1,MB_5_1,MB_7_1,SEP_3,SEP_5,SEP_7,MB_3_3,MB_5_3"};

double latency(const char* device, const Network& network)
{
    test::Quiet quiet;
    const Candidate candidate(network);
    cost_models::DeviceProfile model({.device = device}, {});
    return model.evaluate({&candidate, 1}, quiet).at(0).metrics.at("latency_ms");
}

Lists lists(const char* device, const Generation& rule)
{
    return generated(places(backbone("spos"), 224), rule,
                     [device](const Operator& op, const Place& place) { return latency(device, alone(op, place)); });
}

/// "Choice_3,MB_3_1,...": the operators of a list from one rank to another, from 0.
std::string ranks(const std::vector<std::size_t>& list, std::size_t begin, std::size_t end)
{
    std::string text;
    for (std::size_t rank = begin; rank < end; ++rank)
        text += (rank > begin ? "," : "") + std::string(kOperators[list.at(rank)].name);
    return text;
}

Profile profile(const char* device, const char* op, const Place& place)
{
    const Network network = alone(kOperators[operator_named(op)], place);
    return {macs(network), params(network), latency(device, network)};
}

Hurricane space_for(const test::NestedComponents& parts, const std::string& device, Hurricane::Options options = {})
{
    options.operators = "generated";
    options.scored_by = Use<CostModel>("{use: device_profile, device: " + device + "}");
    return {options, parts.setup()};
}

constexpr Place kFirst{64, 64, 56, 1}, kLast{640, 640, 7, 1};

}  // namespace

TEST_CASE("scores are the published ones", "[hurricane]")
{
    const std::tuple<const char*, const char*, Place, double> published[] = {
        {"dsp", "Choice_3", kFirst, 9.5626}, {"dsp", "MB_3_1", kFirst, 8.5541},   {"dsp", "SEP_3", kFirst, 6.6024},
        {"dsp", "ChoiceX", kFirst, 6.4808},  {"cpu", "Choice_3", kLast, 11.0839}, {"cpu", "Choice_5", kLast, 10.4803},
        {"vpu", "Choice_3", kFirst, 7.2563}, {"vpu", "Choice_5", kFirst, 7.2038}, {"vpu", "Choice_7", kFirst, 4.6621}};
    for (const auto& [device, op, place, score] : published) {
        INFO(device << " " << op);
        CHECK(std::abs(std::exp(log_score(profile(device, op, place), 0.1)) - score) < 6e-5);
    }
}

TEST_CASE("the best operators of each stage are the published ones", "[hurricane]")
{
    std::istringstream rows(kBestEight);
    std::string row;
    int read = 0;
    while (std::getline(rows, row)) {
        if (row.empty())
            continue;
        INFO(row);
        const std::string device = row.substr(0, 3);
        const auto stage = static_cast<std::size_t>(row.at(8) - '1');
        const Lists ranking = lists(device.c_str(), {.keep = 32, .explore = Explore::none});
        for (std::size_t layer = 0; layer < kLayers; ++layer)
            if (stage_of(layer) == stage)
                CHECK(ranks(ranking[layer], 0, 8) == row.substr(10));
        ++read;
    }
    CHECK(read == 12);
    for (std::size_t device = 0; device < 3; ++device)
        CHECK(ranks(lists(kDevices[device], {.keep = 32, .explore = Explore::none}).back(), 4, 12) ==
              kNextEight[device]);
}

TEST_CASE("the generated lists overlap the paper's table 1 as published", "[hurricane]")
{
    const std::pair<const char*, int> overlaps[] = {{"dsp", 16}, {"cpu", 14}, {"vpu", 14}};
    for (const auto& [device, wanted] : overlaps) {
        const Lists paper = named_lists(std::string("paper_") + device),
                    found = lists(device, {.explore = Explore::none});
        int overlap = 0;
        for (const std::size_t end : kStageEnds) {
            const auto& theirs = paper[end - 1];
            for (const std::size_t op : found[end - 1])
                overlap += std::count(theirs.begin(), theirs.begin() + 4, op);
        }
        CHECK(overlap == wanted);
    }
}

TEST_CASE("the space takes the best four, and in the last stage one to explore", "[hurricane]")
{
    const test::NestedComponents parts = test::nested_cost_models();
    const char* const explorers[] = {"MB_3_3", "MB_5_1", "MB_5_3"};
    for (std::size_t d = 0; d < 3; ++d) {
        INFO(kDevices[d]);
        const Hurricane space = space_for(parts, kDevices[d]);
        const Lists best = lists(kDevices[d], {.explore = Explore::none});
        for (std::size_t layer = 0; layer < kLayers; ++layer) {
            std::vector<std::string> wanted;
            for (const std::size_t op : best[layer])
                wanted.emplace_back(kOperators[op].name);
            if (layer >= 16)
                wanted.emplace_back(explorers[d]);
            CHECK(space.decisions()[layer].options == wanted);
        }
        CHECK(Region(space.decisions()).size() == 2'684'354'560'000);
        for (const std::string& option : space.decisions()[9].options) {
            CHECK((kDevices[d] != std::string("vpu") || !option.ends_with("_SE")));
            CHECK((kDevices[d] != std::string("dsp") || option == "ChoiceX" || option.find("_3") != std::string::npos));
        }
    }
    const auto last = [&](Hurricane::Options options) {
        return space_for(parts, "dsp", std::move(options)).decisions()[19].options;
    };
    CHECK(last({.explore = "MB_7_6"}).back() == "MB_7_6");
    CHECK(last({.explore = "none"}).size() == 4);
    CHECK(last({.explore = "MB_3_1"}) == last({.explore = "none"}));  // is among the four
    CHECK(last({.keep = 1, .explore = "none"}) == std::vector<std::string>{"Choice_3"});
    CHECK(last({.keep = 32}).size() == 32);
    CHECK(last({.alpha = 0.6, .explore = "none"})[0] == "MB_3_6_SE");
}

TEST_CASE("layer by layer, inverted residuals are best where the side halves", "[hurricane]")
{
    const test::NestedComponents parts = test::nested_cost_models();
    const std::tuple<const char*, const char*, double, double> published[] = {
        {"dsp", "MB_3_1", 227'719'168, 3'011'248},
        {"cpu", "MB_3_1", 227'719'168, 3'011'248},
        {"vpu", "MB_5_1", 228'521'984, 3'011'504}};
    for (const auto& [device, first, wanted_macs, wanted_params] : published) {
        INFO(device);
        const Hurricane space = space_for(parts, device, {.granularity = "layer"});
        for (std::size_t layer = 0; layer < kLayers; ++layer) {
            const bool halves = layer == 0 || layer == 4 || layer == 8 || layer == 16;
            CHECK(space.decisions()[layer].options[0] == (layer == 0 ? first : halves ? "MB_3_1" : "Choice_3"));
            CHECK(space.decisions()[layer].options.size() == (layer < 16 ? 4 : 5));
        }
        const Network winner = space.network(Region(Architecture{std::vector<std::uint16_t>(kLayers, 0)}));
        CHECK(macs(winner) == wanted_macs);
        CHECK(params(winner) == wanted_params);
    }
}

TEST_CASE("a small space has the lists of a large one where it is scored there", "[hurricane]")
{
    const test::NestedComponents parts = test::nested_cost_models();
    const Hurricane large = space_for(parts, "dsp");
    CHECK(same_decisions(space_for(parts, "dsp", {.backbone = "mini", .scored_at = "spos"}).decisions(),
                         large.decisions()));
    CHECK(!same_decisions(space_for(parts, "dsp", {.backbone = "mini"}).decisions(), large.decisions()));
    CHECK(same_decisions(space_for(parts, "dsp", {.resolution = 64, .scored_at = "spos"}).decisions(),
                         large.decisions()));
}

TEST_CASE("an operator is asked for once at each place", "[hurricane]")
{
    int asked = 0;
    const auto cost = [&](const Operator&, const Place&) { return ++asked, 1.0; };
    const std::vector<Place> where = places(backbone("spos"), 224);
    generated(where, {}, cost);
    CHECK(asked == 4 * 32);
    asked = 0;
    generated(where, {.by_layer = true}, cost);
    CHECK(asked == 8 * 32);
}

TEST_CASE("devices rank operators differently, and multiply-adds as badly as published", "[hurricane]")
{
    std::vector<double> work, times[3];
    for (const Operator& op : kOperators) {
        const Network network = alone(op, kFirst);
        work.push_back(macs(network));
        for (std::size_t d = 0; d < 3; ++d)
            times[d].push_back(latency(kDevices[d], network));
    }
    const auto spearman = [](const std::vector<double>& a, const std::vector<double>& b) {
        return regression::PairedSample(a, b).agreement().spearman;
    };
    CHECK(std::abs(spearman(times[0], times[1]) - 0.70) < 0.005);
    CHECK(std::abs(spearman(times[0], times[2]) - 0.40) < 0.005);
    CHECK(std::abs(spearman(times[1], times[2]) - 0.55) < 0.005);
    CHECK(std::abs(spearman(times[0], work) - 0.64) < 0.005);
    CHECK(std::abs(spearman(times[1], work) - 0.93) < 0.005);
    CHECK(std::abs(spearman(times[2], work) - 0.54) < 0.005);
}
