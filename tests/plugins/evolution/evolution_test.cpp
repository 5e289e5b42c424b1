// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <numeric>
#include <sstream>
#include <string>

#include "espalier/error.hpp"

#include "aging_evolution.hpp"
#include "catch.hpp"
#include "exhaustive.hpp"
#include "random_search.hpp"
#include "toy_search.hpp"

using namespace espalier;
using evolution::AgingEvolution;
using evolution::Exhaustive;
using evolution::Random;

namespace {

/// How many decisions take their last option: 1s in a bit string.
double ones(const Architecture& a)
{
    return std::accumulate(a.choices.begin(), a.choices.end(), 0.0);
}

Setup setup_of(const SearchSpace& space)
{
    Setup setup;
    setup.space = &space;
    setup.objectives = {{.metric = "score"}};
    return setup;
}

template <class Strategy>
ToySearch searched(const typename Strategy::Options& options, const SearchSpace& space, std::size_t budget,
                   const ToySearch::Score& score = ones, std::uint64_t seed = 1)
{
    ToySearch search(space, budget, score, seed);
    Strategy(options, setup_of(space)).search(search);
    CHECK(search.in_flight() == 0);
    CHECK(search.past_budget == 0);
    return search;
}

template <class Strategy>
std::string refusal(const typename Strategy::Options& options, const Setup& setup)
{
    try {
        const Strategy strategy(options, setup);
    } catch (const OptionError& error) {
        return error.option() + ": " + error.what();
    } catch (const Error& error) {
        return error.what();
    }
    return "accepted";
}

/// A fingerprint of what was visited in which order, and of how good it was.
std::uint64_t signature(const ToySearch& search)
{
    std::uint64_t hash = stable_hash("");
    for (const Architecture& a : search.visited)
        hash = stable_hash(to_string(a) + ";", hash);
    return hash;
}

class Constant final : public Reward {
public:
    double operator()(const Metrics&) const override { return 0; }
};

std::size_t distance(const Architecture& a, const Architecture& b)
{
    std::size_t different = 0;
    for (std::size_t i = 0; i < a.choices.size(); ++i)
        different += a.choices[i] != b.choices[i];
    return different;
}

}  // namespace

TEST_CASE("every strategy meets the budget exactly", "[evolution]")
{
    const Strings space(30);
    for (const std::size_t budget : {1U, 7U, 100U, 333U}) {
        std::set<Architecture> distinct;
        const ToySearch random = searched<Random>({.in_flight = 16}, space, budget);
        distinct.insert(random.visited.begin(), random.visited.end());
        CHECK(distinct.size() == budget);
        const ToySearch aging =
            searched<AgingEvolution>({.population = 20, .sample = 5, .in_flight = 8}, space, budget);
        CHECK(std::set<Architecture>(aging.visited.begin(), aging.visited.end()).size() == budget);
    }
    CHECK(searched<Exhaustive>({}, Strings(10), 7).visited.size() == 7);
}

TEST_CASE("no more are in flight than asked for", "[evolution]")
{
    const Strings space(20);
    CHECK(searched<Random>({.in_flight = 5}, space, 100).most_in_flight == 5);
    CHECK(searched<AgingEvolution>({.population = 10, .sample = 2, .in_flight = 3}, space, 100).most_in_flight == 3);
    CHECK(searched<Exhaustive>({.per = "class", .in_flight = 4}, space, 100).most_in_flight == 4);
}

TEST_CASE("a space that is smaller than the budget ends the search", "[evolution]")
{
    const Strings space(3);
    CHECK(searched<Random>({}, space, 100).visited.size() < 2'000);
    CHECK(searched<AgingEvolution>({.population = 4, .sample = 2}, space, 100).visited.size() < 2'000);
    CHECK(searched<Exhaustive>({}, space, 100).visited.size() == 8);
}

TEST_CASE("random visits every option equally often, and the same ones with the same seed", "[evolution]")
{
    const Strings space(40, 4);
    const ToySearch search = searched<Random>({}, space, 1000);
    for (std::size_t decision = 0; decision < 40; ++decision) {
        std::array<int, 4> count{};
        for (const Architecture& a : search.visited)
            ++count[a.choices[decision]];
        for (const int c : count)
            CHECK(std::abs(c - 250) < 5 * std::sqrt(1000 * 0.25 * 0.75));
    }
    CHECK(searched<Random>({.in_flight = 1}, space, 100).visited ==
          searched<Random>({.in_flight = 64}, space, 100).visited);
    CHECK(searched<Random>({}, space, 100, ones, 2).visited != searched<Random>({}, space, 100).visited);
}

TEST_CASE("exhaustive goes through everything once, the last decision fastest", "[evolution]")
{
    const ToySearch all = searched<Exhaustive>({.per = "architecture"}, Strings(3, 3), 1000);
    REQUIRE(all.visited.size() == 27);
    CHECK(all.visited[0].choices == std::vector<std::uint16_t>{0, 0, 0});
    CHECK(all.visited[1].choices == std::vector<std::uint16_t>{0, 0, 1});
    CHECK(all.visited[26].choices == std::vector<std::uint16_t>{2, 2, 2});
    CHECK(std::is_sorted(all.visited.begin(), all.visited.end()));
}

TEST_CASE("exhaustive evaluates one of each class, its representative", "[evolution]")
{
    const Strings idle(4, 3, true);
    const ToySearch classes = searched<Exhaustive>({.per = "class"}, idle, 1000);
    REQUIRE(classes.visited.size() == 27);
    for (const Architecture& a : classes.visited)
        CHECK(idle.canonical(a) == a);
    CHECK(searched<Exhaustive>({.per = "architecture"}, idle, 1000).visited.size() == 81);
}

TEST_CASE("exhaustive refuses what it cannot go through", "[evolution]")
{
    CHECK(refusal<Exhaustive>({}, setup_of(Strings(23))) == "accepted");
    CHECK_THAT(
        refusal<Exhaustive>({}, setup_of(Strings(24))),
        ContainsSubstring("the space has 1.67772e+07 architectures, at most 10,000,000 can be gone through; use"));
}

TEST_CASE("aging evolution beats random search at the same budget", "[evolution]")
{
    const Strings space(60);
    double evolved = 0, drawn = 0;
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        evolved += searched<AgingEvolution>({.population = 50, .sample = 10}, space, 500, ones, seed).best / 10;
        drawn += searched<Random>({}, space, 500, ones, seed).best / 10;
    }
    INFO("aging evolution " << evolved << ", random " << drawn << " of 60");
    CHECK(evolved > drawn + 8);
    CHECK(evolved > 50);
}

TEST_CASE("a child differs from its parent in exactly one decision", "[evolution]")
{
    // a population of one: every child's parent is the previous visit
    const ToySearch search = searched<AgingEvolution>({.population = 1, .sample = 1}, Strings(12, 5), 200);
    for (std::size_t i = 1; i < search.visited.size(); ++i)
        CHECK(distance(search.visited[i - 1], search.visited[i]) == 1);
}

TEST_CASE("the oldest member leaves first, however good it is", "[evolution]")
{
    // the first two proposals are the best there are; later ones all score 0
    std::size_t asked = 0;
    const auto score = [&asked](const Architecture&) { return asked++ < 2 ? 100.0 : 0.0; };
    const Strings space(40);
    const ToySearch search = searched<AgingEvolution>({.population = 4, .sample = 4}, space, 60, score);
    for (std::size_t i = 10; i < search.visited.size(); ++i) {
        std::size_t nearest = 99;  // to the four that are alive
        for (std::size_t age = 1; age <= 4; ++age)
            nearest = std::min(nearest, distance(search.visited[i], search.visited[i - age]));
        CHECK(nearest <= 1);  // 0: a child may repeat an architecture
    }
}

TEST_CASE("the fittest of the sample becomes the parent", "[evolution]")
{
    // with a sample as large as 8 populations the best member is nearly always in it
    const Strings space(200);
    std::size_t from_best = 0, children = 0;
    const ToySearch search = searched<AgingEvolution>({.population = 8, .sample = 8}, space, 300);
    for (std::size_t i = 8; i < search.visited.size(); ++i, ++children) {
        const auto alive = std::span(search.visited).subspan(i - 8, 8);
        const Architecture& best = *std::max_element(alive.begin(), alive.end(),
                                                     [](const auto& a, const auto& b) { return ones(a) < ones(b); });
        from_best += distance(search.visited[i], best) == 1;
    }
    // 1 - (7/8)^8 = 0.66, more where several are equally good
    CHECK(from_best > children * 6 / 10);
}

TEST_CASE("failures enter the population as worse than any other", "[evolution]")
{
    const Strings space(40);
    const auto half_fail = [](const Architecture& a) { return a.choices[0] == 1 ? std::nan("") : ones(a); };
    const ToySearch search = searched<AgingEvolution>({.population = 20, .sample = 10}, space, 400, half_fail);
    std::size_t failing = 0;
    for (std::size_t i = 200; i < 400; ++i)
        failing += search.visited[i].choices[0] == 1;
    CHECK(failing < 20);
    CHECK(search.best > 30);
    const ToySearch hopeless = searched<AgingEvolution>({.population = 5, .sample = 5}, space, 50,
                                                        [](const Architecture&) { return std::nan(""); });
    CHECK(hopeless.visited.size() == 50);
}

TEST_CASE("an objective to be small is minimised, and a reward prevails over the objective", "[evolution]")
{
    const Strings space(60);
    ToySearch small(space, 500, ones);
    small.objective = {.metric = "score", .maximise = false};
    Setup setup = setup_of(space);
    AgingEvolution({.population = 50, .sample = 10}, setup).search(small);
    CHECK(ones(small.visited.back()) < 12);

    ToySearch rewarded(space, 500, ones);  // its reward is the score
    rewarded.objective = {.metric = "score", .maximise = false};
    const Constant any;
    setup.reward = &any;
    AgingEvolution({.population = 50, .sample = 10}, setup).search(rewarded);
    CHECK(ones(rewarded.visited.back()) > 48);
}

TEST_CASE("aging evolution refuses what it cannot work with", "[evolution]")
{
    const Strings space(5), single(5, 1);
    CHECK_THAT(refusal<AgingEvolution>({.population = 10, .sample = 11}, setup_of(space)),
               ContainsSubstring("sample: 11 is more than the population of 10"));
    Setup setup = setup_of(space);
    setup.objectives.push_back({.metric = "latency_ms", .maximise = false});
    CHECK_THAT(refusal<AgingEvolution>({}, setup),
               ContainsSubstring("there are 2 objectives: leave exactly one, or add a `reward`"));
    const Constant reward;
    setup.reward = &reward;
    CHECK(refusal<AgingEvolution>({}, setup) == "accepted");
    CHECK_THAT(refusal<AgingEvolution>({}, setup_of(single)), ContainsSubstring("nothing to mutate"));
}

TEST_CASE("what the strategies visit has not changed", "[evolution][golden]")
{
    // a commit that changes a line of the file says why
    const Strings space(8, 5), small(4, 5);
    std::ostringstream now;
    now << "random " << signature(searched<Random>({}, space, 200)) << '\n'
        << "exhaustive " << signature(searched<Exhaustive>({}, small, 1000)) << '\n'
        << "aging_evolution " << signature(searched<AgingEvolution>({.population = 20, .sample = 5}, space, 200))
        << '\n'
        << "aging_evolution_in_flight_4 "
        << signature(searched<AgingEvolution>({.population = 20, .sample = 5, .in_flight = 4}, space, 200)) << '\n';
    std::ifstream file(ESPALIER_SOURCE_DIR "/tests/golden/evolution.txt");
    CHECK(now.str() == std::string(std::istreambuf_iterator<char>(file), {}));
}
