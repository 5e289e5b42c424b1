// SPDX-License-Identifier: Apache-2.0
// `table` and `lookup` on tables that say how they were measured.
#include <string>
#include <type_traits>
#include <vector>

#include "espalier/error.hpp"

#include "catch.hpp"
#include "lookup.hpp"
#include "space.hpp"
#include "table.hpp"
#include "toys/quiet.hpp"
#include "toys/temporary_folder.hpp"

using namespace espalier;
using cost_models::Lookup;
using cost_models::Table;

namespace {

using test::Quiet;

const nas_bench_201::NasBench201& space_of_cells()
{
    static const nas_bench_201::NasBench201 space({.channels = 1, .cells = 1, .input = {}}, {});
    return space;
}

Setup with_cells()
{
    Setup setup;
    setup.space = &space_of_cells();
    return setup;
}

std::string header(int rows)
{
    return "# espalier-cost-table 1\n# device: board\n# threads: 2\n# date: 2026-11-30\n# rows: " +
           std::to_string(rows) + "\n";
}

const Architecture kFirst{{0, 1, 2, 3, 4, 0}}, kSecond{{4, 3, 2, 1, 0, 1}};

std::string row(const Architecture& a, const std::string& costs)
{
    return space_of_cells().text(a) + "," + costs + "\n";
}

Network single()
{
    Network n;
    n.add(Op::conv, {n.add(Op::input, {}, {{"shape", {3, 8, 8}}})}, {{"out", {8}}, {"kernel", {3}}}, "stem");
    return n;
}

const std::string kBlockColumns =
    "layer,in_side_px,in_channels,out_side_px,out_channels,expanded_channels,kernel,stride,identity_skip,"
    "squeeze_excite,h_swish,latency_ms,latency_ms_sd\n";
const std::string kBlock = "conv,8,3,8,8,,,,,,,1.5,0.1\n";

/// What is wrong, after the file's name; whether it is said when the component is made or when it is asked.
template <class Model>
std::string refusal(const std::string& text, typename Model::Options options)
{
    const TemporaryFile file(text);
    options.file = file.path();
    Quiet quiet;
    try {
        Model model(options, with_cells());
        const Candidate candidate =
            std::is_same_v<Model, Table> ? Candidate(space_of_cells(), kFirst) : Candidate(single());
        const Evaluation e = model.evaluate({&candidate, 1}, quiet).at(0);
        return e.ok() ? "priced" : "failed: " + e.reason;
    } catch (const Error& error) {
        const std::string said = error.what();
        const std::size_t at = said.find(file.name());
        return at == std::string::npos ? said : said.substr(at + file.name().size());
    }
}

std::string refused_table(const std::string& text, const std::string& as = "")
{
    return refusal<Table>(text, {.file = {}, .column = "latency_ms", .as = as});
}

std::string refused_blocks(const std::string& text, const std::string& as = "latency_ms")
{
    return refusal<Lookup>(text, {.file = {}, .column = "latency_ms", .as = as});
}

}  // namespace

TEST_CASE("a measured table prices as one without a header does", "[table]")
{
    const std::string rows = "arch,latency_ms,latency_ms_sd\n" + row(kFirst, "2.5,0.1") + row(kSecond, ",");
    const TemporaryFile file(header(2) + rows, "board.csv"), plain(rows);
    const std::vector<Candidate> both{Candidate(space_of_cells(), kFirst), Candidate(space_of_cells(), kSecond)};
    Quiet quiet;
    Table table({.file = file.path(), .column = "latency_ms", .as = ""}, with_cells());
    const std::vector<Evaluation> found = table.evaluate(both, quiet);
    CHECK(found[0].metrics == Metrics{{"latency_ms", 2.5}});
    CHECK_THAT(found[1].reason, ContainsSubstring(file.name() + ":8:") && ContainsSubstring("no value"));
    Table same({.file = plain.path(), .column = "latency_ms", .as = ""}, with_cells());
    CHECK(same.evaluate(both, quiet)[0] == found[0]);
}

TEST_CASE("a measured table of blocks prices networks", "[lookup]")
{
    const TemporaryFile file(header(1) + kBlockColumns + kBlock, "blocks.csv");
    Lookup lookup({.file = file.path(), .column = "latency_ms", .as = "board_us", .scale = 1000}, {});
    Quiet quiet;
    const Candidate candidate(single());
    CHECK(lookup.evaluate({&candidate, 1}, quiet).at(0).metrics == Metrics{{"board_us", 1500}});
}

TEST_CASE("tables that are wrong are refused by whoever reads them, with file and line", "[table][lookup]")
{
    const std::string names = "arch,latency_ms,latency_ms_sd\n", first = row(kFirst, "1,0");
    CHECK(refused_table(header(1) + names + first) == "priced");
    CHECK_THAT(refused_table("# espalier-cost-table 7\n" + names + first), ContainsSubstring(":1: is of version 7"));
    CHECK_THAT(refused_table(header(2) + names + first), ContainsSubstring(":7: the file ends after 1 rows"));
    CHECK_THAT(refused_table(header(2) + names + first + first),
               ContainsSubstring(":8:1: the same architecture stands at ") && ContainsSubstring(":7:1"));
    CHECK_THAT(refused_table(header(1) + names + row(kFirst, "1?,0")),
               ContainsSubstring(":7: '1?' in column 'latency_ms'"));
    CHECK_THAT(refused_table(header(1) + "arch,latency,latency_sd\n" + first),
               ContainsSubstring(":6: column 'latency' has no unit"));
    CHECK_THAT(refused_table(header(1) + "arch,latency_ms,j,j_sd\n" + row(kFirst, "1,1,0")),
               ContainsSubstring(":6: column 'j' has no unit"));
    CHECK(refused_table(header(1) + "arch,latency_ms,e_j,e_j_sd\n" + row(kFirst, "1,1,0")) ==
          ":6: column 'latency_ms' is no cost with its dispersion: there is no 'latency_ms_sd'");
    CHECK_THAT(refused_table(header(1) + names + first, "latency_s"),
               ContainsSubstring("scale: the column is 'latency_ms', the metric 'latency_s': that needs scale: 0.001"));

    CHECK(refused_blocks(header(1) + kBlockColumns + kBlock) == "priced");
    CHECK_THAT(refused_blocks("# espalier-cost-table 7\n" + kBlockColumns + kBlock),
               ContainsSubstring(":1: is of version 7"));
    CHECK_THAT(refused_blocks(header(2) + kBlockColumns + kBlock), ContainsSubstring(":7: the file ends after 1 rows"));
    CHECK_THAT(refused_blocks(header(2) + kBlockColumns + kBlock + kBlock),
               ContainsSubstring(":8:1: the same block stands at "));
    CHECK_THAT(refused_blocks(header(1) + kBlockColumns + "conv,8,3,8,8,,,,,,,1.5,-0.1\n"),
               ContainsSubstring(":7: '-0.1' in column 'latency_ms_sd'"));
    CHECK_THAT(refused_blocks(header(1) + kBlockColumns + kBlock, "latency_us"),
               ContainsSubstring("that needs scale: 1000"));
}
