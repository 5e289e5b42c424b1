// SPDX-License-Identifier: Apache-2.0
// Tables, damaged: each is refused with its place, or gives numbers.
#include <cmath>

#include "espalier/error.hpp"

#include "catch.hpp"
#include "lookup.hpp"
#include "space.hpp"
#include "table.hpp"
#include "toys/mutated.hpp"
#include "toys/quiet.hpp"
#include "toys/temporary_folder.hpp"

using namespace espalier;
using namespace espalier::cost_models;

namespace {

const nas_bench_201::NasBench201& cells()
{
    static const nas_bench_201::NasBench201 space({.channels = 1, .cells = 1, .input = {}}, {});
    return space;
}

std::string table_of_cells(Rng& rng)
{
    std::string text = "arch,latency_ms,\"top1,pct\"\n";
    for (int i = 0; i < 12; ++i)
        text += cells().text(random_architecture(Region(cells().decisions()), rng)) + "," +
                std::to_string(rng.uniform()) + ",\"" + std::to_string(i) + "\"\n";
    return text;
}

const std::string kBlocks =
    "layer,in_side_px,in_channels,out_side_px,out_channels,expanded_channels,kernel,stride,identity_skip,"
    "squeeze_excite,h_swish,mean_ms\nconv,8,3,8,8,,,,,,,1\nexpanded_conv,8,8,8,8,16,5,1,1,0,1,10\n"
    "expanded_conv,8,8,4,12,8,3,2,0,1,0,100\npool,4,12,1,12,,,,,,,1000\nlinear,1,12,1,10,,,,,,,10000\n";

Network lone_linear()
{
    Network n;
    n.add(Op::linear, {n.add(Op::input, {}, {{"shape", {12}}})}, {{"out", {10}}}, "classifier");
    return n;
}

void read_cells(const std::filesystem::path& file, const std::string& fill)
{
    Setup setup;
    setup.space = &cells();
    setup.constraints = {{.metric = "latency_ms_filled", .maximum = 0}};
    Table table({.file = file, .column = "latency_ms", .as = "latency_ms", .fill = fill}, setup);
    test::Quiet quiet;
    for (const std::uint16_t op : {0, 1, 3}) {
        const Candidate candidate(cells(), Architecture{{op, op, op, op, op, op}});
        const Evaluation priced = table.evaluate({&candidate, 1}, quiet).at(0);
        for (const auto& [name, value] : priced.metrics)
            if (std::isnan(value))
                throw std::logic_error(name + " is no number");
    }
}

void read_blocks(const std::filesystem::path& file)
{
    static const Network network = lone_linear();
    Lookup lookup({.file = file, .as = "latency_ms"}, {});
    test::Quiet quiet;
    const Candidate candidate(network);
    lookup.evaluate({&candidate, 1}, quiet);
}

void damage_tables(std::uint64_t count)
{
    Rng rows(1, "rows");
    const std::vector<std::string> texts{table_of_cells(rows), kBlocks};
    const TemporaryFolder folder;
    test::all_survive(count, [&](std::uint64_t i) {
        Rng rng(i, "mutated tables");
        const std::size_t which = rng.below(2);
        const std::filesystem::path file = folder.write("table.csv", test::mutated(texts[which], texts, rng));
        try {
            if (which == 0)
                read_cells(file, rng.below(2) == 0 ? "pairwise" : "none");
            else
                read_blocks(file);
        } catch (const Error& error) {
            if (std::string(error.what()).find("table.csv") == std::string::npos)
                throw std::logic_error(std::string("an error without its file: ") + error.what());
        }
    });
}

}  // namespace

TEST_CASE("1,000 damaged tables are read or refused, soon and in little memory", "[mutated]")
{
    damage_tables(1000);
}

TEST_CASE("50,000 damaged tables are read or refused, soon and in little memory", "[mutated][slow]")
{
    damage_tables(50'000);
}
