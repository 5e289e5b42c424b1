// SPDX-License-Identifier: Apache-2.0
#include "layer_table.hpp"

#include "espalier/error.hpp"

#include "catch.hpp"
#include "toys/quiet.hpp"
#include "toys/temporary_folder.hpp"

using namespace espalier;
using cost_models::LayerTable;

namespace {

Candidate two_groups()
{
    Network n;
    const std::size_t in = n.add(Op::input, {}, {{"shape", {4, 8, 8}}});
    const std::size_t conv = n.add(Op::conv, {in}, {{"out", {6}}, {"kernel", {3}}}, "a");
    n.add(Op::avg_pool, {n.add(Op::relu, {conv})}, {{"kernel", {3}}});
    return Candidate(std::move(n));
}

const char* const kGroups =
    "group,latency_us\n4x8x8 > conv 6x8x8 kernel=3 > relu,40\n6x8x8 > avg_pool 6x8x8 kernel=3,10\n";

Evaluation priced(LayerTable::Options options)
{
    test::Quiet context;
    const Candidate candidate = two_groups();
    return LayerTable(options, Setup{}).evaluate(std::span(&candidate, 1), context).at(0);
}

}  // namespace

TEST_CASE("a table of groups of layers is added up and corrected", "[layer_table]")
{
    const TemporaryFolder folder;
    folder.write("table.csv", kGroups);
    LayerTable::Options options{.file = folder / "table.csv", .column = "latency_us", .as = "latency_us"};
    CHECK(priced(options).metrics == Metrics{{"latency_us", 50}});
    options.scale = 0.5;
    options.per_group = -2;
    options.constant = 3;
    CHECK(priced(options).metrics == Metrics{{"latency_us", 24}});
    options.per_group = -20;
    CHECK_THAT(priced(options).reason, ContainsSubstring("below 0"));

    folder.write("table.csv", "group,latency_us\n4x8x8 > conv 6x8x8 kernel=3 > relu,40\n");
    CHECK_THAT(priced(options).reason,
               ContainsSubstring("no row for the group of layers '6x8x8 > avg_pool 6x8x8 kernel=3'"));
}

TEST_CASE("a table of groups that is wrong is refused with its place", "[layer_table]")
{
    const TemporaryFolder folder;
    const auto refusal = [&](const std::string& text, const std::string& column) -> std::string {
        folder.write("table.csv", text);
        try {
            priced({.file = folder / "table.csv", .column = column, .as = column});
        } catch (const OptionErrors& errors) {
            return errors.errors().at(0).what();
        } catch (const Error& error) {
            return error.what();
        }
        return "";
    };
    CHECK_THAT(refusal(kGroups, "latency_ms"), ContainsSubstring("no column 'latency_ms'"));
    CHECK_THAT(refusal("layer,latency_us\na,1\n", "latency_us"), ContainsSubstring("no column 'group'"));
    CHECK_THAT(refusal("group,latency_us\na,-1\n", "latency_us"), ContainsSubstring("table.csv:2:3: '-1'"));
    CHECK_THAT(refusal("group,latency_us\na,1\na,1\n", "latency_us"),
               ContainsSubstring("table.csv:3:1: the same group stands at "));
}
