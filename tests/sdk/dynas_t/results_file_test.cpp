// SPDX-License-Identifier: Apache-2.0
#include "espalier/dynas_t/results_file.hpp"

#include <cmath>

#include "espalier/dynas_t/notation.hpp"
#include "espalier/error.hpp"

#include "catch.hpp"

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
    CHECK(std::isnan(dynas_t::seconds_since_1970("yesterday")));
}

TEST_CASE("numbers are written as Python writes them, in the columns that are known", "[dynas_t]")
{
    dynas_t::Results results;
    results.rows = {measured({{1, 0, 1}}, {{"params", 4536768}, {"latency_ms", 22}, {"bleu", 0.1}}),
                    measured({{0, 0, 0}}, {{"params", 9007199254740992}, {"latency_ms", 0.0001}, {"bleu", 1e-5}})};
    results.dates = {1709209800, 1709209800.25};
    CHECK(dynas_t::results_text(results, Space()) ==
          "Sub-network,Date,Model Parameters,Latency (ms),MACs,BLEU Score\n"
          "\"{'wid': None, 'ks': [5, 3], 'w': [1]}\",2024-02-29 12:30:00,4536768,22.0,0,0.1\n"
          "\"{'wid': None, 'ks': [3, 3], 'w': [0]}\",2024-02-29 12:30:00.250000,9007199254740992,0.0001,0,1e-05\n");
}

TEST_CASE("a list is labels, or indices where the labels are no whole numbers", "[dynas_t]")
{
    dynas_t::Notation notation(kDecisions);
    CHECK(notation.parse("{'w': [0], 'ks': [5, 3], 'r': [224]}") == Architecture{{1, 0, 0}});
    CHECK(notation.form() == "{'w': #, 'ks': *, 'r': [224]}");
    CHECK(notation.text(Architecture{{0, 0, 1}}) == "{'w': [1], 'ks': [3, 3], 'r': [224]}");
    CHECK_THROWS_WITH(notation.parse("{'w' [0]}"), ContainsSubstring("position 6: ':' is expected"));

    dynas_t::Notation labels(kDecisions);
    CHECK(labels.parse("{'w': [0.65], 'ks': [5, 3]}") == Architecture{{1, 0, 0}});
    CHECK(labels.text(Architecture{{0, 0, 1}}) == "{'w': [1], 'ks': [3, 3]}");
    labels.set_form(notation.form());
    CHECK(labels.form() == notation.form());
    CHECK_THROWS_WITH(labels.set_form("{'ks': [3]}"), ContainsSubstring("'ks' does not fit"));
}
