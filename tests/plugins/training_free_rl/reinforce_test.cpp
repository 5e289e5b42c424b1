// SPDX-License-Identifier: Apache-2.0
#include "reinforce.hpp"

#include <fstream>
#include <numeric>
#include <set>

#include "espalier/reward.hpp"

#include "catch.hpp"
#include "moving_average.hpp"
#include "toy_search.hpp"

namespace {

using namespace espalier;
using training_free_rl::MovingAverage;
using training_free_rl::Reinforce;

class AnyReward final : public Reward {
public:
    double operator()(const Metrics& metrics) const override { return metrics.at("score"); }
};

struct Bench {
    toy::Digits space{{5, 5, 5, 5, 5, 5}};
    AnyReward reward;
    Setup setup;
    Bench()
    {
        setup.space = &space;
        setup.reward = &reward;
        setup.constraints = {{.metric = "latency_ms", .maximum = 10, .winners_only = true}};
    }
};

/// Share of digits that are 3, best at 1; latency is the sum of the digits.
Evaluation share_of_threes(const Architecture& a)
{
    const auto threes = std::count(a.choices.begin(), a.choices.end(), 3);
    const double sum = std::accumulate(a.choices.begin(), a.choices.end(), 0.0);
    return {a, {{"score", static_cast<double>(threes) / 6}, {"latency_ms", sum}}, Status::ok, ""};
}

double mean(const std::vector<double>& values, std::size_t first, std::size_t last)
{
    return std::accumulate(values.begin() + static_cast<std::ptrdiff_t>(first),
                           values.begin() + static_cast<std::ptrdiff_t>(last), 0.0) /
           static_cast<double>(last - first);
}

std::uint64_t signature(const toy::Search& search)
{
    std::uint64_t hash = stable_hash("");
    for (const Architecture& a : search.visits)
        hash = stable_hash(to_string(a), hash);
    for (const double reward : search.notes.at("reward"))
        hash = stable_hash(std::to_string(reward), hash);
    return hash;
}

}  // namespace

TEST_CASE("the baseline is the bias-corrected moving average, the current value included", "[training_free_rl]")
{
    MovingAverage average(0.9);
    CHECK(average.update(2) == Approx(2));
    CHECK(average.update(4) == Approx((0.9 * 0.1 * 2 + 0.1 * 4) / 0.19));
    CHECK(average.update(0) == Approx(0.9 * (0.9 * 0.1 * 2 + 0.1 * 4) / 0.271));
}

TEST_CASE("reinforce beats random search at the same number of samples", "[training_free_rl]")
{
    const Bench bench;
    double learnt = 0, random = 0, late = 0;
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        toy::Search search(bench.space, seed, share_of_threes);
        Reinforce({.learning_rate = 2e-3}, bench.setup).search(search);
        REQUIRE(search.visits.size() == 500);
        const std::vector<double>& rewards = search.notes.at("reward");
        learnt += *std::max_element(rewards.begin(), rewards.end()) / 5;
        late += mean(rewards, 450, 500) / 5;

        Rng rng(seed);
        double best = 0;
        for (int i = 0; i < 500; ++i)
            best = std::max(
                best, share_of_threes(random_architecture(Region(bench.space.decisions()), rng)).metrics.at("score"));
        random += best / 5;
    }
    CHECK(late > 0.8);
    CHECK(learnt > random + 0.05);
}

TEST_CASE("without a baseline rewards that are all positive teach little", "[training_free_rl]")
{
    const Bench bench;
    toy::Search with(bench.space, 1, share_of_threes), without(bench.space, 1, share_of_threes);
    Reinforce({}, bench.setup).search(with);
    Reinforce({.baseline_momentum = 0}, bench.setup).search(without);
    CHECK(with.visits != without.visits);
    CHECK(with.distinct() < without.distinct());
}

TEST_CASE("the same seed visits the same architectures, another seed others", "[training_free_rl]")
{
    const Bench bench;
    toy::Search one(bench.space, 7, share_of_threes), same(bench.space, 7, share_of_threes),
        other(bench.space, 8, share_of_threes);
    for (toy::Search* search : {&one, &same, &other})
        Reinforce({.epochs = 100}, bench.setup).search(*search);
    CHECK(one.visits == same.visits);
    CHECK(one.notes == same.notes);
    CHECK(one.visits != other.visits);
}

TEST_CASE("the visits of seed 1 are those on record", "[training_free_rl]")
{
    const Bench bench;
    toy::Search search(bench.space, 1, share_of_threes);
    Reinforce({.epochs = 200, .learning_rate = 2e-3}, bench.setup).search(search);
    std::ifstream golden(std::string(ESPALIER_SOURCE_DIR) + "/tests/golden/reinforce.txt");
    std::string expected;
    golden >> expected;
    CHECK(std::to_string(signature(search)) == expected);
}

TEST_CASE("architectures without a reward are passed over and the search goes on", "[training_free_rl]")
{
    const Bench bench;
    const auto often_failing = [](const Architecture& a) {
        return a.choices[0] < 2 ? failed(a, "does not fit") : share_of_threes(a);
    };
    toy::Search search(bench.space, 3, often_failing);
    Reinforce({.epochs = 60}, bench.setup).search(search);
    CHECK(search.visits.size() == 60);
    CHECK(search.notes.at("reward").size() < 60);
    CHECK(search.notes.at("entropy").size() == 60);
}

TEST_CASE("the search ends with the budget", "[training_free_rl]")
{
    const Bench bench;
    toy::Search search(bench.space, 3, share_of_threes, 40);
    Reinforce({.samples = 4}, bench.setup).search(search);
    CHECK(search.distinct() == 40);
    CHECK(search.visits.size() < 60);
}

TEST_CASE("several samples an epoch are one update", "[training_free_rl]")
{
    const Bench bench;
    toy::Search search(bench.space, 3, share_of_threes);
    Reinforce({.epochs = 10, .samples = 8}, bench.setup).search(search);
    CHECK(search.visits.size() == 80);
    CHECK(search.notes.at("entropy").size() == 10);
}

TEST_CASE("the curves tell what the search and its final policy were like", "[training_free_rl]")
{
    const Bench bench;
    toy::Search search(bench.space, 2, share_of_threes);
    Reinforce({.epochs = 300, .learning_rate = 2e-3}, bench.setup).search(search);
    CHECK(search.notes.at("distinct").back() == static_cast<double>(search.distinct()));
    CHECK(search.notes.at("entropy").front() == Approx(std::log(5.0)).epsilon(0.05));
    CHECK(search.notes.at("entropy").back() < search.notes.at("entropy").front());
    double feasible = 0;
    for (const Architecture& a : search.visits)
        feasible += share_of_threes(a).metrics.at("latency_ms") <= 10 ? 1 : 0;
    const std::vector<double>& noted = search.notes.at("feasible");
    CHECK(std::accumulate(noted.begin(), noted.end(), 0.0) == feasible);
    // a policy that names threes only: latency 18
    CHECK(search.notes.at("final_policy_latency_ms").front() > 14);
    CHECK(search.notes.at("final_policy_feasible").front() < 0.2);
}

TEST_CASE("an experiment without a reward is refused with the remedy", "[training_free_rl]")
{
    Bench bench;
    bench.setup.reward = nullptr;
    CHECK_THROWS_WITH(Reinforce({}, bench.setup), ContainsSubstring("reward: {use: latency_product"));
}
