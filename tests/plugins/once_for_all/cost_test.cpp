// SPDX-License-Identifier: Apache-2.0
// Costs of the spaces' networks: the tables by decision give what the networks give.
#include <cmath>

#include "espalier/counts.hpp"
#include "espalier/sdk/conformance.hpp"
#include "espalier/sdk/csv.hpp"

#include "catch.hpp"
#include "counted.hpp"
#include "lookup.hpp"
#include "mobilenet_v3.hpp"
#include "ofa_data.hpp"
#include "resnet50.hpp"
#include "toys/quiet.hpp"
#include "toys/setup_of.hpp"

namespace espalier::once_for_all {
namespace {

using cost_models::Lookup;
using cost_models::Macs;
using cost_models::Params;
using espalier::test::Quiet;
using espalier::test::setup_of;

Evaluation priced(Evaluator& model, const SearchSpace& space, const Architecture& a)
{
    Quiet quiet;
    const Candidate candidate(space, a);
    return model.evaluate({&candidate, 1}, quiet).at(0);
}

std::vector<Architecture> drawn(const SearchSpace& space, std::size_t count, std::uint64_t seed)
{
    Rng rng{seed};
    const Region all(space.decisions());
    std::vector<Architecture> architectures;
    for (std::size_t i = 0; i < count; ++i)
        architectures.push_back(random_architecture(all, rng));
    return architectures;
}

/// The published rule written down again: stem, first block, the active blocks, head.
class Note10 {
public:
    Note10(const std::filesystem::path& file, int resolution)
        : cells_{file,
                 {"resolution_px", "layer", "in_side_px", "in_channels", "out_channels", "expanded_channels", "kernel",
                  "mean_ms"}},
          resolution_{resolution}
    {
    }
    double latency(const Architecture& a) const
    {
        double sum = 0;
        int side = resolution_ / 2, in = 24;
        for (const char* const name : {"Conv", "Conv_1", "AvgPool2D", "Conv_2", "Logits"})
            sum += row(name, 0, 0, 0, 0, 0);
        sum += row("expanded_conv", side, 24, 24, 24, 3);
        for (std::size_t s = 0; s < 5; ++s) {
            constexpr int kOut[] = {32, 48, 96, 136, 192}, kStride[] = {2, 2, 2, 1, 2}, kKernel[] = {3, 5, 7},
                          kExpansion[] = {3, 4, 6};
            for (std::size_t b = 0; b < 2U + a.choices[40 + s]; ++b) {
                const std::size_t gene = 4 * s + b;
                sum += row("expanded_conv", side, in, kOut[s], in * kExpansion[a.choices[20 + gene]],
                           kKernel[a.choices[gene]]);
                in = kOut[s];
                side = b == 0 ? (side - 1) / kStride[s] + 1 : side;
            }
        }
        return sum;
    }

private:
    double row(const std::string& layer, int side, int in, int out, int expanded, int kernel) const
    {
        for (std::size_t r = 0; r < cells_.rows(); ++r)
            if (cells_.number(r, 0) == resolution_ && cells_.raw(r, 1) == layer &&
                (side == 0 || (cells_.number(r, 2) == side && cells_.number(r, 3) == in && cells_.number(r, 4) == out &&
                               cells_.number(r, 5) == expanded && cells_.number(r, 6) == kernel)))
                return *cells_.number(r, 7);
        return std::nan("");
    }
    CsvColumns cells_;
    int resolution_;
};

}  // namespace

TEST_CASE("the Note10 latencies of the published sub-networks are met", "[lookup]")
{
    const auto folder = testing::data_folder("ofa_surrogate");
    if (!folder)
        return;
    const MobileNetV3 space({.width = 1.2}, {});
    Lookup lookup({.file = *folder / "note10_block_latency.csv.gz"}, setup_of(space));
    const CsvColumns rows(*folder / "mbv3_test_vectors.csv", {"kernels", "expansions", "depths", "note10_latency_ms"});
    for (std::size_t row = 0; row < rows.rows(); ++row) {
        const Evaluation e =
            priced(lookup, space,
                   space.parse("ks " + rows.cell(row, 0) + " e " + rows.cell(row, 1) + " d " + rows.cell(row, 2)));
        CAPTURE(e.reason);
        REQUIRE(e.ok());
        CHECK(e.metrics.at("latency_ms") == Approx(*rows.number(row, 3)).margin(1e-5));
    }
    CHECK(priced(lookup, space, {std::vector<std::uint16_t>(45, 0)}).metrics.at("latency_ms") ==
          Approx(17.8).margin(0.05));
    CHECK(priced(lookup, space, {std::vector<std::uint16_t>(45, 2)}).metrics.at("latency_ms") ==
          Approx(92.4).margin(0.05));
}

TEST_CASE("a looked-up latency is the sum over the network's blocks, by tables or not", "[lookup]")
{
    const auto folder = testing::data_folder("ofa_surrogate");
    if (!folder)
        return;
    const std::filesystem::path file = *folder / "note10_block_latency.csv.gz";
    for (const int resolution : {160, 208, 224}) {
        const MobileNetV3 space({.width = 1.2, .resolution = resolution}, {});
        Lookup with_tables({.file = file}, setup_of(space)), without({.file = file}, {});
        const Note10 note10(file, resolution);
        for (const Architecture& a : drawn(space, 150, 7)) {
            const double wanted = note10.latency(a);
            CHECK(priced(with_tables, space, a).metrics.at("latency_ms") == Approx(wanted).epsilon(1e-12));
            CHECK(priced(without, space, a).metrics.at("latency_ms") == Approx(wanted).epsilon(1e-12));
        }
    }
    const MobileNetV3 space({.width = 1.2}, {});
    Lookup lookup({.file = file}, setup_of(space));
    CHECK(conformance::check_cost_model(lookup, conformance::random_candidates(space, 20)) ==
          conformance::Violations{});
}

TEST_CASE("a block that the table does not have is named, with what the table has", "[lookup]")
{
    const auto folder = testing::data_folder("ofa_surrogate");
    if (!folder)
        return;
    const MobileNetV3 narrow({}, {});
    Lookup lookup({.file = *folder / "note10_block_latency.csv.gz"}, setup_of(narrow));
    const Evaluation e = priced(lookup, narrow, {std::vector<std::uint16_t>(45, 0)});
    CHECK(e.status == Status::failed);
    CHECK_THAT(e.reason, ContainsSubstring("no row for 'first.depth', an inverted bottleneck (expanded_conv) with"));
    CHECK_THAT(e.reason, ContainsSubstring("rows that agree so far have in_channels 24"));
    const MobileNetV3 small({.width = 1.2, .resolution = 128}, {});
    Lookup other({.file = *folder / "note10_block_latency.csv.gz"}, setup_of(small));
    CHECK_THAT(priced(other, small, {std::vector<std::uint16_t>(45, 0)}).reason,
               ContainsSubstring("rows that agree so far have resolution_px 160, 176, 192, 208, 224"));
}

TEST_CASE("multiply-adds and parameters by tables are those of the networks", "[cost_models]")
{
    const MobileNetV3 mobilenet({}, {});
    const ResNet50 resnet({}, {});
    for (const SearchSpace* space :
         {static_cast<const SearchSpace*>(&mobilenet), static_cast<const SearchSpace*>(&resnet)}) {
        Macs macs_model({}, setup_of(*space));
        Params params_model({}, setup_of(*space));
        for (const Architecture& a : drawn(*space, 600, 11)) {
            const Network network = space->network(Region(a));
            REQUIRE(priced(macs_model, *space, a).metrics.at("macs") == macs(network));
            REQUIRE(priced(params_model, *space, a).metrics.at("params") == params(network));
        }
        CHECK(conformance::check_cost_model(macs_model, conformance::random_candidates(*space, 20)) ==
              conformance::Violations{});
        CHECK(conformance::check_cost_model(params_model, conformance::random_candidates(*space, 20)) ==
              conformance::Violations{});
    }
}

TEST_CASE("torchprofile's count of multiply-adds is the one that DyNAS-T prints", "[cost_models]")
{
    const MobileNetV3 space({}, {});
    const Architecture a =
        space.parse("ks 7 3 3 7 5 3 3 3 7 3 7 7 7 3 7 5 3 3 3 3 e 3 6 6 3 6 3 6 6 6 6 4 3 4 6 4 3 3 6 4 4 d 3 2 2 3 2");
    Macs published({.rule = "torchprofile"}, setup_of(space)), convolutions({}, setup_of(space));
    CHECK(priced(published, space, a).metrics.at("macs") == 246'958'392);
    CHECK(priced(convolutions, space, a).metrics.at("macs") == 244'945'104);
    CHECK(conformance::check_cost_model(published, conformance::random_candidates(space, 20)) ==
          conformance::Violations{});
    Macs without_space({.rule = "torchprofile"}, {});
    for (const Architecture& b : drawn(space, 100, 3))
        REQUIRE(priced(published, space, b).metrics == priced(without_space, space, b).metrics);
}

}  // namespace espalier::once_for_all
