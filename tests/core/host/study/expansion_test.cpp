// SPDX-License-Identifier: Apache-2.0
#include "host/study/expansion.hpp"

#include <limits>

#include "espalier/error.hpp"

#include "catch.hpp"
#include "host/study/agreement_table.hpp"
#include "toys/toy_space.hpp"

namespace {

using namespace espalier;

/// 3 x 4 architectures whose key is the sum of the choices.
class Sums final : public ToySpace {
public:
    explicit Sums(std::size_t decisions = 2) : ToySpace(digit_decisions(decisions, 4))
    {
        decisions_[0].options.pop_back();
    }
    std::string key(const Architecture& a) const override { return std::to_string(a.choices[0] + a.choices[1]); }
};

Evaluation measured(std::vector<std::uint16_t> choices, Metrics metrics)
{
    return {.architecture = {std::move(choices)}, .metrics = std::move(metrics), .reason = {}};
}

}  // namespace

TEST_CASE("what is known of keys is said of every architecture that has one", "[correlate]")
{
    const std::vector<Evaluation> known = {measured({0, 0}, {{"score", 7}}), measured({1, 1}, {{"score", 9}})};
    const std::vector<Evaluation> all = host::every_architecture(Sums(), known);
    REQUIRE(all.size() == 4);  // 0,0; then 0,2 1,1 2,0
    CHECK(all[0].architecture == Architecture{{0, 0}});
    CHECK(all[0].metrics.at("score") == 7);
    CHECK(all[1].architecture == Architecture{{0, 2}});
    CHECK(all[3].architecture == Architecture{{2, 0}});
    CHECK(all[3].metrics.at("score") == 9);
    CHECK_THROWS_WITH(host::every_architecture(Sums(12), {}), ContainsSubstring("too many architectures"));
}

TEST_CASE("what is known of an architecture itself is said of it, not what others of its key have", "[correlate]")
{
    const std::vector<Evaluation> known = {measured({0, 2}, {{"latency", 3}}), measured({2, 0}, {{"latency", 8}})};
    const std::vector<Evaluation> all = host::every_architecture(Sums(), known);
    REQUIRE(all.size() == 3);
    CHECK(all[0].metrics.at("latency") == 3);
    CHECK(all[1].metrics.at("latency") == 3);  // 1,1 was not evaluated
    CHECK(all[2].metrics.at("latency") == 8);
}

TEST_CASE("a key's means are over those of its architectures that have the metric", "[correlate]")
{
    constexpr double infinity = std::numeric_limits<double>::infinity();
    const std::vector<Evaluation> known = {measured({0, 0}, {{"score", 0.1}}), measured({0, 2}, {{"score", 0.1}}),
                                           measured({2, 3}, {{"score", 1}})};
    std::vector<Evaluation> all = host::every_architecture(Sums(), known);
    REQUIRE(all.size() == 5);
    all[0].metrics["accuracy"] = 50;
    all[1].metrics["accuracy"] = 60;
    all[3].metrics["accuracy"] = 70;
    all[1].metrics["trainability"] = -infinity;
    all[2].metrics["trainability"] = 4;
    all[1].metrics["both"] = -infinity;
    all[2].metrics["both"] = infinity;
    const std::vector<Evaluation> means = host::mean_by_key(Sums(), all);
    REQUIRE(means.size() == 3);
    CHECK(means[0].metrics == Metrics{{"accuracy", 50}, {"score", 0.1}});
    // three times 0.1 is 0.1, or ties would be none
    CHECK(means[1].metrics == Metrics{{"accuracy", 65}, {"score", 0.1}, {"trainability", -infinity}});
    CHECK(means[2].metrics == Metrics{{"score", 1}});
}

TEST_CASE("the table tells the mean of the twenty that a metric says are best", "[correlate]")
{
    std::vector<Evaluation> evaluations;
    for (int i = 0; i < 40; ++i) {
        const double target = i;
        evaluations.push_back({.architecture = {},
                               .metrics = {{"accuracy", target}, {"latency", -target}, {"score", target}},
                               .reason = {}});
    }
    evaluations[0].metrics["score"] = -std::numeric_limits<double>::infinity();  // has a rank, no Pearson's r
    const report::Table table = host::agreement_table(evaluations, "accuracy", true);
    REQUIRE(table.columns.back() == "best_20");
    REQUIRE(table.rows.size() == 6);
    for (const std::size_t row : {0U, 3U})
        CHECK(std::get<double>(table.rows[row].back()) == 29.5);  // 20 to 39; of `latency` the lowest
    CHECK(std::get<std::uint64_t>(table.rows[3][2]) == 40);
    CHECK(std::get<std::string>(table.rows[3][0]) == "score");
    CHECK(std::get<double>(table.rows[3][3]) == Approx(1));
    CHECK(std::holds_alternative<std::monostate>(table.rows[3][7]));
    CHECK(std::holds_alternative<std::monostate>(table.rows[3][8]));  // nor an error of it
    CHECK(std::holds_alternative<std::monostate>(table.rows[1].back()));
}
