// SPDX-License-Identifier: Apache-2.0
#include "espalier/dynas_t/results_file.hpp"

#include <cmath>

#include "espalier/dynas_t/notation.hpp"
#include "espalier/error.hpp"

#include "catch.hpp"
#include "toys/temporary_folder.hpp"

namespace {

using namespace espalier;

const std::vector<Decision> kDecisions{{"ks1", {"3", "5"}}, {"ks2", {"3", "5"}}, {"w", {"0.65", "1"}}};

class Space final : public SearchSpace {
public:
    std::span<const Decision> decisions() const override { return kDecisions; }
    Network network(const Region&) const override { throw Error("none"); }
};

Evaluation measured(Architecture architecture, Metrics metrics)
{
    return {std::move(architecture), std::move(metrics), Status::ok, ""};
}

}  // namespace

TEST_CASE("columns have metrics, known and unknown ones", "[dynas_t]")
{
    CHECK(dynas_t::metric_of("Top-1 Acc (%)") == "top1_pct");
    CHECK(dynas_t::metric_of("(Peak) Memory [MB]") == "peak_memory_mb");
}

TEST_CASE("dates are seconds since 1970", "[dynas_t]")
{
    CHECK(dynas_t::seconds_since_1970("1970-01-02 00:00:01.5") == 86401.5);
    CHECK(dynas_t::seconds_since_1970("2024-02-29T12:30:00Z") == 1709209800);
    CHECK(dynas_t::seconds_since_1970("1969-12-31 23:59:59") == -1);
    CHECK(std::isnan(dynas_t::seconds_since_1970("2023-02-29 00:00:00")));
    for (const char* none :
         {"yesterday", "", "2022-99-99 00:00:00", "2022-11-31 00:00:00", "2022-11-01", "2022-11-01 05:40",
          "2022-11-01 24:00:00", "2022-11-01 05:60:00", "2022-11-01 05:40:61", "2022-11-01 05:40:-1",
          "2022-11-01 05:40:nan", "2022-11-01 05:40:09 PM", "2022-11-01 05:40:09+02:00", "22-11-01 05:40:09x",
          "0000-01-01 00:00:00", "2022-11-01x05:40:09", "garbage"}) {
        INFO(none);
        CHECK(std::isnan(dynas_t::seconds_since_1970(none)));
    }
}

TEST_CASE("numbers are written as Python writes them, in the columns that are known", "[dynas_t]")
{
    dynas_t::Results results;
    results.rows = {measured({{1, 0, 1}}, {{"params", 4536768}, {"latency_ms", 22}, {"bleu", 0.1}}),
                    measured({{0, 0, 0}}, {{"params", 9007199254740992}, {"latency_ms", 0.0001}, {"bleu", 1e-5}})};
    results.dates = {1709209800, 1709209800.25};
    CHECK(dynas_t::results_text(results, Space()) ==
          "Sub-network,Date,Model Parameters,Latency (ms),MACs,BLEU Score\r\n"
          "\"{'wid': None, 'ks': [5, 3], 'w': [1]}\",2024-02-29 12:30:00,4536768,22.0,0,0.1\r\n"
          "\"{'wid': None, 'ks': [3, 3], 'w': [0]}\",2024-02-29 12:30:00.250000,9007199254740992,0.0001,0,1e-05\r\n");
}

TEST_CASE("a list is labels, or indices where the labels are no whole numbers", "[dynas_t]")
{
    dynas_t::Notation notation(kDecisions);
    CHECK(notation.parse("{'w': [0], 'ks': [5, 3], 'r': [224]}") == Architecture{{1, 0, 0}});
    CHECK(notation.form() == "{'w': #, 'ks': *, 'r': [224]}");
    CHECK(notation.text(Architecture{{0, 0, 1}}) == "{'w': [1], 'ks': [3, 3], 'r': [224]}");
    CHECK_THROWS_WITH(notation.parse("{'w' [0]}"), ContainsSubstring("position 6: ':' is expected"));

    CHECK(notation.constant("r") == "[224]");
    CHECK(notation.constants() == std::vector<std::string>{"r"});

    dynas_t::Notation labels(kDecisions);
    CHECK(labels.parse("{'w': [0.65], 'ks': [5, 3]}") == Architecture{{1, 0, 0}});
    CHECK(labels.text(Architecture{{0, 0, 1}}) == "{'w': [1], 'ks': [3, 3]}");
    labels.set_form(notation.form());
    CHECK(labels.form() == notation.form());
    CHECK_THROWS_WITH(labels.set_form("{'ks': [3]}"), ContainsSubstring("'ks' does not fit"));
}

namespace {

const std::vector<Decision> kWidths{{"w1", {"0.65", "0.8", "1"}}, {"w2", {"0.65", "0.8", "1"}}, {"d1", {"0", "2"}}};

class Widths final : public SearchSpace {
public:
    std::span<const Decision> decisions() const override { return kWidths; }
    Network network(const Region&) const override { throw Error("none"); }
};

dynas_t::Results read(const std::string& text, const dynas_t::Columns& more = {})
{
    const TemporaryFile file(text);
    return dynas_t::read_results(file.path(), Widths(), more);
}

/// The first two choices of each row of a file with these lists of widths.
std::vector<std::vector<std::uint16_t>> widths(const std::vector<std::string>& lists)
{
    std::string text = "Sub-network,Date,MACs\n";
    for (const std::string& list : lists)
        text += "\"{'w': [" + list + "], 'd': [1]}\",2023-01-02 03:04:05,7\n";
    std::vector<std::vector<std::uint16_t>> all;
    for (const Evaluation& row : read(text).rows) {
        all.push_back({row.architecture.choices[0], row.architecture.choices[1]});
        CHECK(row.architecture.choices[2] == 0);
    }
    return all;
}

}  // namespace

TEST_CASE("a 1 is a width among widths and an index among indices", "[dynas_t]")
{
    using All = std::vector<std::vector<std::uint16_t>>;
    CHECK(widths({"0.65, 1"}) == All{{0, 2}});
    CHECK(widths({"0.65, 1.0"}) == All{{0, 2}});
    CHECK(widths({"1, 0.8"}) == All{{2, 1}});
    CHECK(widths({"0, 1"}) == All{{0, 1}});
    CHECK(widths({"2, 1"}) == All{{2, 1}});
    CHECK(widths({"1, 1"}) == All{{1, 1}});                     // as DyNAS-T writes
    CHECK(widths({"1, 1", "0.65, 1"}) == All{{2, 2}, {0, 2}});  // as the other rows are written
    CHECK(widths({"1, 1", "0, 1"}) == All{{1, 1}, {0, 1}});
    CHECK(widths({"0.65, 0.8", "0, 1"}) == All{{0, 1}, {0, 1}});
    CHECK_THROWS_WITH(widths({"0.65, 1", "0, 1", "1, 1"}),
                      ContainsSubstring(":4:2: sub-network: 'w' may hold options or their indices"));
    CHECK_THROWS_WITH(widths({"0.65, 2"}), ContainsSubstring("'2' is no option of decision 'w2'"));
    CHECK_THROWS_WITH(widths({"0, 3"}), ContainsSubstring("'3' is no option of decision 'w2'"));
}

TEST_CASE("cells without a number are metrics that were not measured, and are counted", "[dynas_t]")
{
    const std::string begin = "\"{'w': [0, 0], 'd': [0]}\",2023-01-02 03:04:05,";
    const dynas_t::Results results = read("Sub-network,Date,Latency (ms),MACs\n" + begin + "nan,7\n" + begin +
                                          ",NaN\n" + begin + "-inf,0\n" + begin + "None,8\n");
    REQUIRE(results.rows.size() == 4);
    CHECK(results.without == 5);
    CHECK(results.rows[0].metrics == Metrics{{"macs", 7}});
    CHECK(results.rows[1].status == Status::failed);
    CHECK(results.rows[1].reason == "nothing was measured");
    CHECK(results.rows[2].status == Status::failed);
    CHECK(results.rows[3].metrics == Metrics{{"macs", 8}});
    CHECK_THROWS_WITH(read("Sub-network,Date,MACs\n" + begin + "fast\n"), ContainsSubstring("'fast' is no number"));
}

TEST_CASE("a column that DyNAS-T does not write must be asked for", "[dynas_t]")
{
    const std::string row = "\n\"{'w': [0, 0], 'd': [0]}\",7,1.5\n";
    CHECK_THROWS_WITH(read("Sub-network,MACs,Latency(ms)" + row),
                      ContainsSubstring(":1: column 'Latency(ms)' is none that DyNAS-T writes; did you mean 'Latency "
                                        "(ms)'?") &&
                          ContainsSubstring("--column"));
    CHECK_THROWS_WITH(read("Sub-network,MACs,Dates" + row), ContainsSubstring("did you mean 'Date'?"));
    const std::string energy = "Sub-network,MACs,Energy (J)" + row;
    CHECK_THROWS_WITH(read(energy), ContainsSubstring("'Energy (J)' is none"));
    CHECK(read(energy, {{"Energy (J)", "energy_j"}}).rows[0].metrics == Metrics{{"macs", 7}, {"energy_j", 1.5}});
    CHECK(read(energy, {{"Energy (J)", ""}}).rows[0].metrics == Metrics{{"macs", 7}});
    CHECK_THROWS_WITH(read(energy, {{"Energy", "energy_j"}}), ContainsSubstring(":1: no column 'Energy'"));
    CHECK_THROWS_WITH(read(energy, {{"Energy (J)", "macs"}}), ContainsSubstring("would become 'macs', as another one"));
    CHECK(read(",Sub-network,MACs,Latency (ms)\n0," + row.substr(1)).rows[0].metrics ==
          Metrics{{"macs", 7}, {"latency_ms", 1.5}});  // the index that pandas writes
}

TEST_CASE("a date that is none is refused with its place", "[dynas_t]")
{
    const std::string begin = "Sub-network,Date,MACs\n\"{'w': [0, 0], 'd': [0]}\",";
    CHECK_THROWS_WITH(read(begin + "2022-99-99 05:40:09,7\n"),
                      ContainsSubstring(":2:27: '2022-99-99 05:40:09' is no date such as 2022-11-01 05:40:09.265694"));
    CHECK_THROWS_WITH(read(begin + "garbage,7\n"), ContainsSubstring(":2:27: 'garbage' is no date"));
    CHECK(std::isnan(read(begin + ",7\n").dates.at(0)));
}
