// SPDX-License-Identifier: Apache-2.0
#include "lookup.hpp"

#include <cmath>
#include <fstream>
#include <limits>

#include <unistd.h>

#include "espalier/error.hpp"
#include "espalier/sdk/conformance.hpp"

#include "block_table.hpp"
#include "blocks.hpp"
#include "catch.hpp"
#include "toys/quiet.hpp"
#include "toys/temporary_folder.hpp"

using namespace espalier;
using namespace espalier::cost_models;

namespace {

using espalier::test::Quiet;

const std::string kHeader =
    "layer,in_side_px,in_channels,out_side_px,out_channels,expanded_channels,kernel,stride,identity_skip,squeeze_"
    "excite,"
    "h_swish,mean_ms\n";

std::size_t conv(Network& n, std::size_t x, double out, double kernel, const std::string& w)
{
    return n.add(Op::batch_norm, {n.add(Op::conv, {x}, {{"out", {out}}, {"kernel", {kernel}}}, w)}, {}, w + ".bn");
}

/// A stem, two inverted bottlenecks, the second with squeeze and excite and without a skip, and a classifier.
Network example()
{
    Network n;
    std::size_t x = n.add(Op::relu, {conv(n, n.add(Op::input, {}, {{"shape", {3, 8, 8}}}), 8, 3, "stem")});
    const std::size_t in = x;
    x = n.add(Op::relu, {conv(n, x, 16, 1, "a.expand")});
    x = n.add(Op::hswish, {n.add(Op::conv, {x}, {{"depthwise", {1}}, {"kernel", {5}}}, "a.depth")});
    x = n.add(Op::add, {in, conv(n, x, 8, 1, "a.project")});
    x = n.add(Op::relu, {n.add(Op::conv, {x}, {{"depthwise", {1}}, {"kernel", {3}}, {"stride", {2}}}, "b.depth")});
    std::size_t gate = n.add(Op::linear, {n.add(Op::global_average, {x})}, {{"out", {4}}}, "b.reduce");
    gate = n.add(Op::linear, {n.add(Op::relu, {gate})}, {{"out", {8}}}, "b.expand");
    x = n.add(Op::multiply, {x, n.add(Op::hsigmoid, {gate})});
    x = conv(n, x, 12, 1, "b.project");
    n.add(Op::linear, {n.add(Op::global_average, {x})}, {{"out", {10}}}, "classifier");
    return n;
}

Evaluation priced(const std::string& rows, const Network& network)
{
    const TemporaryFile file(kHeader + rows);
    Lookup lookup({.file = file.path()}, {});
    Quiet quiet;
    const Candidate candidate(network);
    return lookup.evaluate({&candidate, 1}, quiet).at(0);
}

const std::string kRows =
    "conv,8,3,8,8,,,,,,,1\n"
    "expanded_conv,8,8,8,8,16,5,1,1,0,1,10\n"
    "expanded_conv,8,8,4,12,8,3,2,0,1,0,100\n"
    "pool,4,12,1,12,,,,,,,1000\n"
    "linear,1,12,1,10,,,,,,,10000\n";

}  // namespace

TEST_CASE("a network's blocks are found, each once", "[lookup]")
{
    const Network network = example();
    const std::vector<Block> found = blocks(network);
    REQUIRE(found.size() == 5);
    CHECK(found[0].name == "a.depth");
    CHECK(found[0].inner.size() == 2);
    CHECK(found[0].signature == Signature{1, 8, 8, 8, 8, 8, 1, 1, 0, 1, 5, 16});
    CHECK(found[1].name == "b.depth");
    CHECK(found[1].inner.size() == 4);  // its means, two linear layers, the last convolution
    CHECK(found[1].signature == Signature{1, 8, 8, 8, 4, 12, 2, 0, 1, 0, 3, 8});
    CHECK(found[2].name == "stem");
    CHECK(found[2].signature == Signature{0, 8, 8, 3, 8, 8, 1, 0, 0, 0, 3, 0});
    CHECK(found[3].signature == Signature{0, 8, 4, 12, 1, 12, 0, 0, 0, 0, 0, 0});
    CHECK(found[4].name == "classifier");
}

TEST_CASE("a 1x1 convolution between two depthwise ones belongs to the first", "[lookup]")
{
    Network n;
    std::size_t x = n.add(Op::input, {}, {{"shape", {8, 8, 8}}});
    for (const char* const name : {"1", "2"}) {
        x = n.add(Op::conv, {x}, {{"depthwise", {1}}, {"kernel", {3}}}, std::string(name) + ".depth");
        x = conv(n, x, 8, 1, std::string(name) + ".point");
    }
    const std::vector<Block> found = blocks(n);
    REQUIRE(found.size() == 2);
    CHECK(found[0].inner == std::vector<std::uint32_t>{2});
    CHECK(found[1].inner == std::vector<std::uint32_t>{5});
}

TEST_CASE("a network costs the sum of its blocks", "[lookup]")
{
    CHECK(priced(kRows, example()).metrics == Metrics{{"latency_ms", 11111}});
    // a row with kernel and stride is for that kernel and stride only
    CHECK(priced(kRows + "conv,8,3,8,8,,3,1,,,,2\n", example()).metrics == Metrics{{"latency_ms", 11112}});
    CHECK(priced(kRows + "conv,8,3,8,8,,5,1,,,,2\n", example()).metrics == Metrics{{"latency_ms", 11111}});
}

TEST_CASE("a table in another unit is scaled to the metric's", "[lookup]")
{
    const TemporaryFile file(kHeader + kRows);
    Lookup lookup({.file = file.path(), .as = "latency_us", .scale = 1000}, {});
    Quiet quiet;
    const Candidate candidate(example());
    CHECK(lookup.evaluate({&candidate, 1}, quiet).at(0).metrics == Metrics{{"latency_us", 11111000}});
    for (const double none : {0.0, std::numeric_limits<double>::infinity(), std::nan("")})
        CHECK_THROWS_WITH(Lookup({.file = file.path(), .scale = none}, {}),
                          ContainsSubstring("scale: must be a number"));
}

TEST_CASE("a damaged table is read once, not once a candidate", "[lookup]")
{
    const TemporaryFile file(kHeader + "conv,8,3,8,8,,,,,,,fast\n");
    Lookup lookup({.file = file.path()}, {});
    Quiet quiet;
    const Candidate candidate(example());
    CHECK_THROWS_WITH(lookup.evaluate({&candidate, 1}, quiet), ContainsSubstring("'fast' is no number"));
    std::ofstream(file.path()) << kHeader << kRows;
    CHECK_THROWS_WITH(lookup.evaluate({&candidate, 1}, quiet), ContainsSubstring("'fast' is no number"));
}

TEST_CASE("what the table does not have is named", "[lookup]")
{
    const auto reason = [](const std::string& rows) { return priced(rows, example()).reason; };
    CHECK_THAT(reason("conv,8,3,8,8,,,,,,,1\n"), ContainsSubstring("no row for 'a.depth', an inverted bottleneck"));
    CHECK_THAT(reason("conv,8,3,8,8,,,,,,,1\n"), ContainsSubstring("; the table has no such rows"));
    std::string rows = kRows;
    rows.replace(rows.find("16,5,1,1,0,1"), 12, "24,7,1,1,0,1");
    CHECK_THAT(reason(rows), ContainsSubstring("rows that agree so far have kernel 7"));
    rows = kRows;
    rows.replace(rows.find("linear,1,12,1,10"), 16, "linear,1,12,1,11");
    CHECK_THAT(reason(rows),
               ContainsSubstring("no row for 'classifier', a single layer with resolution_px 8 in_side_px 1 "
                                 "in_channels 12 out_side_px 1 out_channels 10; rows that agree so far "
                                 "have out_channels 11"));
    Network custom;
    custom.add_custom("fancy", {custom.add(Op::input, {}, {{"shape", {3, 8, 8}}})}, {3, 8, 8});
    CHECK_THAT(priced(kRows, custom).reason, ContainsSubstring("layer 1 (fancy) is no part of a block"));
}

TEST_CASE("damaged tables are refused with the place", "[lookup]")
{
    const auto refusal = [](const std::string& text) -> std::string {
        const TemporaryFile file(text);
        try {
            BlockTable(file.path(), "mean_ms");
        } catch (const Error& error) {
            return error.what();
        }
        return "";
    };
    CHECK_THAT(refusal(kHeader + "conv,8,3,8,8,,,,,,,fast\n"),
               ContainsSubstring(":2:20: 'fast' is no number in column 'mean_ms'"));
    CHECK_THAT(refusal(kHeader + "conv,8,3,8,8,,,,,,,-0.5\n"),
               ContainsSubstring(":2:20: '-0.5' in column 'mean_ms' is no number from 0"));
    CHECK_THAT(refusal(kHeader + "expanded_conv,8,8,8,8,,5,1,1,0,1,10\n"),
               ContainsSubstring("'' in column 'expanded_channels' is no whole number"));
    for (const char* side : {"8.5", "-8", "1e300"})
        CHECK_THAT(refusal(kHeader + "conv,8," + side + ",8,8,,,,,,,1\n"),
                   ContainsSubstring(std::string("'") + side + "' in column 'in_"));
    CHECK_THAT(refusal(kHeader + "conv,8,3,8,8,,,,,,,1\nother,8,3,8,8,,,,,,,2\n"),
               ContainsSubstring(":3:1: the same block stands at "));
    CHECK_THAT(refusal(kHeader), ContainsSubstring("has no rows"));
}

TEST_CASE("wrong options are told all at once", "[lookup]")
{
    const TemporaryFile file("layer,mean_ms\nconv,1\n");
    try {
        Lookup({.file = file.path(), .column = "mean_s", .as = ""}, {});
        FAIL_CHECK("not refused");
    } catch (const OptionErrors& errors) {
        REQUIRE(errors.errors().size() == 3);
        CHECK_THAT(errors.errors()[0].what(), ContainsSubstring("no column 'mean_s'"));
        CHECK_THAT(errors.errors()[0].what(), ContainsSubstring("did you mean 'mean_ms'?"));
        CHECK_THAT(errors.errors()[1].what(), ContainsSubstring("has no column 'in_side_px'"));
    }
}
