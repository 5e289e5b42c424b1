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

}  // namespace

TEST_CASE("what is known of keys is said of every architecture that has one", "[correlate]")
{
    const std::vector<Evaluation> all =
        host::every_architecture(Sums(), {{"0", {{"score", 7}}}, {"2", {{"score", 9}}}});
    REQUIRE(all.size() == 4);  // 0,0; then 0,2 1,1 2,0
    CHECK(all[0].architecture == Architecture{{0, 0}});
    CHECK(all[0].metrics.at("score") == 7);
    CHECK(all[1].architecture == Architecture{{0, 2}});
    CHECK(all[3].architecture == Architecture{{2, 0}});
    CHECK(all[3].metrics.at("score") == 9);
    CHECK_THROWS_WITH(host::every_architecture(Sums(12), {}), ContainsSubstring("too many architectures"));
}

TEST_CASE("a key's mean is over those of its architectures that have the metric", "[correlate]")
{
    std::vector<Evaluation> all =
        host::every_architecture(Sums(), {{"0", {{"score", 7}}}, {"2", {{"score", 9}}}, {"5", {{"score", 1}}}});
    REQUIRE(all.size() == 5);
    all[0].metrics["accuracy"] = 50;
    all[1].metrics["accuracy"] = 60;
    all[3].metrics["accuracy"] = 70;
    const std::vector<Evaluation> means = host::mean_by_key(Sums(), all, "accuracy");
    REQUIRE(means.size() == 3);
    CHECK(means[0].metrics == Metrics{{"accuracy", 50}, {"score", 7}});
    CHECK(means[1].metrics == Metrics{{"accuracy", 65}, {"score", 9}});
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
    CHECK(!(std::get<double>(table.rows[3][7]) == std::get<double>(table.rows[3][7])));
    CHECK(std::holds_alternative<std::monostate>(table.rows[1].back()));
}
