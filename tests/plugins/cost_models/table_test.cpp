// SPDX-License-Identifier: Apache-2.0
#include "table.hpp"

#include <algorithm>
#include <fstream>
#include <memory>
#include <string>
#include <thread>

#include <unistd.h>

#include "espalier/error.hpp"
#include "espalier/rng.hpp"

#include "catch.hpp"
#include "cell.hpp"
#include "pairwise.hpp"
#include "space.hpp"
#include "toys/quiet.hpp"
#include "toys/temporary_folder.hpp"

using espalier::Architecture;
using espalier::Candidate;
using espalier::Evaluation;
using espalier::cost_models::PairwiseRidge;
using espalier::cost_models::Table;
using espalier::nas_bench_201::NasBench201;

namespace {

using espalier::test::Quiet;

const NasBench201& space()
{
    static const NasBench201 cells({.channels = 1, .cells = 1, .input = {}}, {});
    return cells;
}

espalier::Setup setup()
{
    espalier::Setup s;
    s.space = &space();
    return s;
}

const Architecture kNone{{0, 0, 0, 0, 0, 0}}, kSkips{{1, 1, 1, 1, 1, 1}}, kPools{{4, 4, 4, 4, 4, 4}},
    kConvs{{3, 3, 3, 3, 3, 3}}, kAbsent{{2, 2, 2, 2, 2, 2}};

std::string rows()
{
    return "arch,top1_pct,latency_us\n" + space().text(kNone) + ",10,0.5\n" + space().text(kSkips) + ",50.25,\n" +
           space().text(kPools) + ",60,unsupported\n" + space().text(kConvs) + ",93.5,2500\n";
}

Evaluation evaluated(Table& table, const Architecture& a)
{
    Quiet quiet;
    const Candidate candidate(space(), a);
    return table.evaluate({&candidate, 1}, quiet).at(0);
}

std::string refusal(const Table::Options& options, const espalier::Setup& with = setup())
{
    try {
        const Table table(options, with);
    } catch (const espalier::Error& error) {
        return error.what();
    }
    return "accepted";
}

const std::string kLatencies = ESPALIER_SOURCE_DIR "/examples/data/nas_bench_201/latency.csv.gz";

}  // namespace

TEST_CASE("a cell becomes a metric under its name and in its unit", "[table]")
{
    const TemporaryFile file(rows());
    Table plain({.file = file.path(), .column = "top1_pct", .as = ""}, setup());
    CHECK(plain.metrics() == std::vector<std::string>{"top1_pct"});
    CHECK(evaluated(plain, kSkips).metrics == espalier::Metrics{{"top1_pct", 50.25}});
    Table scaled({.file = file.path(), .column = "latency_us", .as = "latency_ms", .scale = 0.001}, setup());
    CHECK(scaled.metrics() == std::vector<std::string>{"latency_ms"});
    CHECK(evaluated(scaled, kConvs).metrics == espalier::Metrics{{"latency_ms", 2.5}});
    CHECK(evaluated(scaled, kConvs).ok());
}

TEST_CASE("what is not there is a failure that names file, line and column", "[table]")
{
    const TemporaryFile file(rows());
    Table table({.file = file.path(), .column = "latency_us", .as = "latency_us", .minimum = 1}, setup());
    const auto reason = [&](const Architecture& a) {
        const Evaluation e = evaluated(table, a);
        CHECK(e.status == espalier::Status::failed);
        CHECK(e.architecture == a);
        CHECK(e.metrics.empty());
        return e.reason;
    };
    // the cell's own column: the architecture is 53, 94 or 88 characters wide
    CHECK(reason(kSkips) == file.name() + ":3:" + std::to_string(space().text(kSkips).size() + 8) +
                                ": no value in column 'latency_us' for " + space().text(kSkips));
    CHECK(reason(kPools) == file.name() + ":4:" + std::to_string(space().text(kPools).size() + 5) +
                                ": 'unsupported' is no number in column 'latency_us' for " + space().text(kPools));
    CHECK(reason(kNone) == file.name() + ":2:" + std::to_string(space().text(kNone).size() + 5) +
                               ": 0.5 in column 'latency_us' for " + space().text(kNone) + " is below minimum");
    CHECK(reason(kAbsent) == file.name() + ": no row for " + space().text(kAbsent));
    CHECK(evaluated(table, kConvs).ok());

    Quiet quiet;
    const Candidate fragment{espalier::Network()};
    CHECK(table.evaluate({&fragment, 1}, quiet).at(0).reason ==
          "a table has whole architectures, not single operators");
}

TEST_CASE("the minimum is in the metric's unit, and a value that equals it is kept", "[table]")
{
    const TemporaryFile file(rows());
    Table table({.file = file.path(), .column = "latency_us", .as = "ms", .scale = 0.001, .minimum = 2.5}, setup());
    CHECK(evaluated(table, kConvs).metrics.at("ms") == 2.5);
    CHECK_FALSE(evaluated(table, kNone).ok());
}

TEST_CASE("wrong options are refused by name before the file is read", "[table]")
{
    const TemporaryFile file("arch,top1_pct,latency_ms\nno cell,1,2,3,4\n");
    CHECK(refusal({.file = file.path(), .column = "top1_pct", .as = ""}) == "accepted");
    CHECK_THAT(refusal({.file = file.path(), .column = "latencyms", .as = ""}),
               ContainsSubstring("column: no column 'latencyms' in " + file.name() + "; did you mean 'latency_ms'?"));
    CHECK_THAT(refusal({.file = file.path(), .column = "top1_pct", .as = "", .arch_column = "arhc"}),
               ContainsSubstring("arch_column: no column 'arhc'"));
    CHECK_THAT(refusal({.file = "/nowhere/x.csv", .column = "a", .as = ""}),
               ContainsSubstring("file: /nowhere/x.csv: no such file"));
    CHECK_THAT(refusal({.file = file.path(), .column = "top1_pct", .as = ""}, {}),
               ContainsSubstring("needs a search space"));
    const TemporaryFile micro("arch,latency_us\nno cell,1\n");
    CHECK_THAT(refusal({.file = micro.path(), .column = "latency_us", .as = "latency_ms"}),
               ContainsSubstring("the column is 'latency_us', the metric 'latency_ms': that needs scale: 0.001"));
    CHECK_THAT(refusal({.file = micro.path(), .column = "latency_us", .as = "latency_ms", .scale = 1000}),
               ContainsSubstring("that needs scale: 0.001"));
    CHECK_THAT(refusal({.file = micro.path(), .column = "latency_us", .as = "energy_mj"}),
               ContainsSubstring("say the factor between them"));
    CHECK_THAT(refusal({.file = file.path(), .column = "top1_pct", .as = "", .scale = 0}),
               ContainsSubstring("scale: must be a number other than 0"));
}

TEST_CASE("all wrong options are told at once", "[table]")
{
    const TemporaryFile file("arch,top1_pct\n");
    try {
        const Table table({.file = file.path(), .column = "xx", .as = "", .arch_column = "arc", .scale = 0}, setup());
        FAIL_CHECK("accepted");
    } catch (const espalier::OptionErrors& wrong) {
        std::vector<std::string> options;
        for (const espalier::OptionError& error : wrong.errors())
            options.push_back(error.option());
        CHECK(options == std::vector<std::string>{"column", "arch_column", "scale"});
    }
    CHECK_THAT(refusal({.file = "/nowhere/x.csv", .column = "a", .as = "", .scale = 0}),
               ContainsSubstring("no such file") && ContainsSubstring("\nscale: "));
}

TEST_CASE("a table with a foreign, repeated or broken row is an error that names the place", "[table]")
{
    const auto error = [](const std::string& text) -> std::string {
        const TemporaryFile file(text);
        Table table({.file = file.path(), .column = "v", .as = ""}, setup());
        try {
            evaluated(table, kNone);
        } catch (const espalier::Error& e) {
            return std::string(e.what()).substr(file.name().size());
        }
        return "read";
    };
    CHECK_THAT(error("v,arch\n1,|conv~0|\n"),
               ContainsSubstring(":2:3: architecture '|conv~0|': position 2: 'conv' is no"));
    const std::string none = space().text(kNone);
    CHECK_THAT(error("arch,v\n" + none + ",1\n\n" + none + ",2\n"),
               ContainsSubstring(":4:1: the same architecture stands at "));
    CHECK(error("arch,v\n" + none + "\n") == ":2: has 1 cells, the header has 2");
}

TEST_CASE("every row stands for itself, also where two cells are one network", "[table]")
{
    const TemporaryFile file(rows());
    const Table table({.file = file.path(), .column = "top1_pct", .as = ""}, setup());
    const Candidate a(space(), {{0, 0, 0, 0, 0, 0}}), b(space(), {{0, 0, 1, 0, 0, 0}});
    CHECK(a.key() == b.key());
    CHECK(table.key(a) != table.key(b));
}

TEST_CASE("the canonical row stands for all architectures of one network where that is asked for", "[table]")
{
    const Architecture first = space().canonical(kNone), other{{1, 0, 0, 0, 0, 0}};  // neither leads anywhere
    REQUIRE(first != other);
    REQUIRE(space().key(first) == space().key(other));
    const TemporaryFile file("arch,top1_pct\n" + space().text(first) + ",10\n" + space().text(other) + ",11\n");
    Table each({.file = file.path(), .column = "top1_pct", .as = ""}, setup());
    Table networks({.file = file.path(), .column = "top1_pct", .as = "", .of = "network"}, setup());

    CHECK(evaluated(each, other).metrics.at("top1_pct") == 11);
    CHECK(evaluated(networks, other).metrics.at("top1_pct") == 10);
    CHECK(evaluated(networks, other).architecture == other);
    CHECK(each.key(Candidate(space(), other)) != each.key(Candidate(space(), first)));
    CHECK(networks.key(Candidate(space(), other)) == networks.key(Candidate(space(), first)));
}

TEST_CASE("several threads may ask first", "[table]")
{
    const TemporaryFile file(rows());
    Table table({.file = file.path(), .column = "top1_pct", .as = ""}, setup());
    std::vector<double> found(4);
    std::vector<std::thread> threads;
    for (double& value : found)
        threads.emplace_back([&] { value = evaluated(table, kConvs).metrics.at("top1_pct"); });
    for (std::thread& thread : threads)
        thread.join();
    CHECK(found == std::vector<double>(4, 93.5));
}

TEST_CASE("filled cells are the regression's, are marked, and must be kept from winning", "[table]")
{
    // a latency that is a sum over edges and over one pair, so that the regression can find it exactly
    const auto truth = [](const Architecture& a) {
        double sum = 1;
        for (std::size_t i = 0; i < a.choices.size(); ++i)
            sum += double((i + 1) * a.choices[i]);
        return sum + (a.choices[1] == 3 && a.choices[4] == 2 ? 5 : 0);
    };
    std::string text = "arch,ms\n";
    espalier::Rng rng(7);
    const espalier::Region all(space().decisions());
    std::vector<Architecture> empty;
    for (std::size_t r = 0; r < espalier::nas_bench_201::kCells; r += 3) {
        const Architecture a = espalier::nas_bench_201::cell_at(r);
        const bool hidden = rng.below(5) == 0;
        text += space().text(a) + "," + (hidden ? "" : r % 1000 == 0 ? "broken" : std::to_string(truth(a))) + "\n";
        if (hidden)
            empty.push_back(a);
    }
    const TemporaryFile file(text);
    Table::Options options{.file = file.path(), .column = "ms", .as = "latency_ms", .fill = "pairwise"};
    CHECK_THAT(refusal(options), ContainsSubstring("fill: a predicted cell must never win: add {metric: "
                                                   "latency_ms_filled, max: 0, enforce: winners} to `constraints`"));
    espalier::Setup constrained = setup();
    constrained.constraints = {{.metric = "latency_ms_filled", .maximum = 0, .winners_only = true}};
    Table table(options, constrained);
    CHECK(table.metrics() == std::vector<std::string>{"latency_ms", "latency_ms_filled"});
    for (std::size_t i = 0; i < empty.size(); i += 50) {
        const Evaluation e = evaluated(table, empty[i]);
        REQUIRE(e.ok());
        CHECK(e.metrics.at("latency_ms") == Approx(truth(empty[i])).epsilon(0.05));
        CHECK(e.metrics.at("latency_ms_filled") == 1);
    }
    const Architecture known = espalier::nas_bench_201::cell_at(3);
    REQUIRE(std::find(empty.begin(), empty.end(), known) == empty.end());
    CHECK(evaluated(table, known).metrics == espalier::Metrics{{"latency_ms", truth(known)}, {"latency_ms_filled", 0}});
    CHECK_THAT(evaluated(table, espalier::nas_bench_201::cell_at(9000)).reason, ContainsSubstring("is no number"));
}

TEST_CASE("the pairwise regression finds a function of pairs again and stays within what it has seen", "[table]")
{
    const std::vector<espalier::Decision> decisions{{"a", {"0", "1"}}, {"b", {"0", "1", "2"}}, {"c", {"0", "1"}}};
    CHECK(PairwiseRidge::features(decisions) == 7 + 6 + 4 + 6);
    std::vector<Architecture> all;
    std::vector<double> values;
    for (std::uint16_t a = 0; a < 2; ++a)
        for (std::uint16_t b = 0; b < 3; ++b)
            for (std::uint16_t c = 0; c < 2; ++c) {
                all.push_back({{a, b, c}});
                values.push_back(3.0 + 2 * a - b + 4 * (a && b == 2) - 7 * (b == 1 && c));
            }
    const PairwiseRidge fit(decisions, all, values, 1e-9);
    for (std::size_t i = 0; i < all.size(); ++i)
        CHECK(fit(all[i]) == Approx(values[i]).margin(1e-6));
    // a sum whose largest term is held back: its prediction does not leave what was seen
    const std::vector<espalier::Decision> bits(4, {"bit", {"0", "1"}});
    std::vector<Architecture> seen;
    std::vector<double> sums;
    for (std::uint16_t i = 0; i < 15; ++i) {
        seen.push_back(
            {{std::uint16_t(i & 1), std::uint16_t(i >> 1 & 1), std::uint16_t(i >> 2 & 1), std::uint16_t(i >> 3)}});
        sums.push_back(seen.back().choices[0] + seen.back().choices[1] + seen.back().choices[2] +
                       seen.back().choices[3]);
    }
    CHECK(PairwiseRidge(bits, seen, sums, 1e-6)({{1, 1, 1, 1}}) == 3);
    CHECK_THROWS_WITH(PairwiseRidge(decisions, std::span(all).first(6), std::span(values).first(6)),
                      ContainsSubstring("at least 7 values"));
}

TEST_CASE("Edge GPU's missing cells are predicted to a few per cent", "[table]")
{
    // every tenth known cell is held back
    espalier::Setup none = setup();
    Table table({.file = kLatencies, .column = "edgegpu_cifar10_latency_ms", .as = "ms"}, none);
    std::vector<Architecture> known, held;
    std::vector<double> values, truth;
    std::size_t missing = 0, seen = 0;
    for (std::size_t r = 0; r < espalier::nas_bench_201::kCells; ++r) {
        const Evaluation e = evaluated(table, espalier::nas_bench_201::cell_at(r));
        if (!e.ok()) {
            ++missing;
        } else if (++seen % 10 == 0) {
            held.push_back(e.architecture), truth.push_back(e.metrics.at("ms"));
        } else {
            known.push_back(e.architecture), values.push_back(e.metrics.at("ms"));
        }
    }
    CHECK(missing == 15'625 - 12'932);
    const PairwiseRidge fit(space().decisions(), known, values);
    double error = 0;
    for (std::size_t i = 0; i < held.size(); ++i)
        error += std::abs(fit(held[i]) - truth[i]) / truth[i];
    INFO("mean absolute percentage error " << 100 * error / double(held.size()));
    CHECK(100 * error / double(held.size()) < 8);
}

TEST_CASE("devices' optimised-away cells are below minimum: 157 on Raspberry Pi 4, 202 on Pixel 3", "[table]")
{
    for (const auto& [device, expected] : {std::pair{"raspi4", 157}, std::pair{"pixel3", 202}}) {
        Table table({.file = kLatencies,
                     .column = device + std::string("_cifar10_latency_ms"),
                     .as = "latency_ms",
                     .minimum = 0.1},
                    setup());
        int below = 0;
        for (std::size_t r = 0; r < espalier::nas_bench_201::kCells; ++r)
            below += !evaluated(table, espalier::nas_bench_201::cell_at(r)).ok();
        CHECK(below == expected);
    }
}
