// SPDX-License-Identifier: Apache-2.0
#include "espalier/moo/variation.hpp"

#include <array>

#include "espalier/error.hpp"

#include "catch.hpp"

using namespace espalier::moo;
using espalier::Rng;

namespace {

/// The share of draws that change a gene chosen for polynomial mutation.
double change_rate(Gene gene, std::uint32_t options, double margin)
{
    constexpr int kDraws = 200'000;
    int changed = 0;
    for (int i = 0; i < kDraws; ++i)
        changed += polynomial_mutation(gene, options, 20, margin, (i + 0.5) / kDraws) != gene;
    return static_cast<double>(changed) / kDraws;
}

}  // namespace

TEST_CASE("integer mutation changes genes as rarely as the references do", "[moo][variation]")
{
    CHECK(change_rate(0, 2, 0) < 1e-5);
    CHECK(change_rate(0, 2, 0.5) == Approx(0.0011).margin(1e-4));
    CHECK(change_rate(0, 3, 0) == Approx(0.0012).margin(1e-4));
    CHECK(change_rate(1, 3, 0) == Approx(0.0024).margin(1e-4));
    CHECK(change_rate(2, 3, 0.5) == Approx(0.011).margin(5e-4));
    CHECK(change_rate(1, 3, 0.5) == Approx(0.022).margin(5e-4));
    CHECK(change_rate(5, 6, 0) == Approx(0.054).margin(1e-3));
    CHECK(change_rate(3, 6, 0) == Approx(0.109).margin(1e-3));
    CHECK(change_rate(0, 6, 0.5) == Approx(0.081).margin(1e-3));
    CHECK(change_rate(2, 6, 0.5) == Approx(0.160).margin(1e-3));
    CHECK(change_rate(0, 8, 0) == Approx(0.106).margin(1e-3));
    CHECK(change_rate(4, 8, 0) == Approx(0.211).margin(1e-3));
    CHECK(change_rate(7, 8, 0.5) == Approx(0.128).margin(1e-3));
    CHECK(change_rate(3, 8, 0.5) == Approx(0.258).margin(1e-3));
}

TEST_CASE("binary crossover of few options makes no value that neither parent has", "[moo][variation]")
{
    for (const double eta : {15., 30.}) {
        for (const double margin : {0., 0.5}) {
            int invented = 0;
            for (int i = 0; i < 100'000; ++i) {
                for (const auto& [a, b] : {std::pair<Gene, Gene>{0, 1}, {0, 2}, {2, 1}}) {
                    const auto [low, high] = simulated_binary_crossover(a, b, 3, eta, margin, (i + 0.5) / 100'000);
                    invented += low != std::min(a, b) || high != std::max(a, b);
                }
            }
            CHECK(invented < 30);
        }
    }
}

TEST_CASE("many options: binary crossover keeps the middle of the parents", "[moo][variation]")
{
    for (int i = 1; i < 1000; ++i) {
        const auto [low, high] = simulated_binary_crossover(40'000, 30'000, 65'535, 15, 0, i / 1000.);
        CHECK(std::abs(low + high - 70'000) < 300);  // bounds are not equally far
    }
}

TEST_CASE("discrete mutation takes another option, at 1 in active genes", "[moo][variation]")
{
    // Gene 0 has no choice; gene 1 switches the last two genes off.
    GenomeSpace space{.options = {1, 2, 3, 3, 3, 3}};
    space.active = [](std::span<const Gene> genome, std::span<std::uint8_t> active) {
        std::ranges::fill(active, 1);
        active[4] = active[5] = genome[1] != 0;
    };
    Breeder breeder(space, {});
    Rng rng(1);
    std::array<int, 6> changed{};
    std::array<int, 3> became{};
    constexpr int kTrials = 60'000;
    for (int trial = 0; trial < kTrials; ++trial) {
        std::vector<Gene> genome{0, 0, 1, 1, 1, 1};
        breeder.mutate(genome, rng);
        for (std::size_t i = 0; i < 6; ++i)
            changed[i] += genome[i] != (i < 2 ? 0 : 1);
        ++became[genome[2]];
    }
    for (const std::size_t active : {1U, 2U, 3U})
        CHECK(changed[active] == Approx(kTrials / 3.).epsilon(0.03));
    CHECK(changed[0] + changed[4] + changed[5] == 0);
    CHECK(became[0] == Approx(kTrials / 6.).epsilon(0.04));
    CHECK(became[2] == Approx(kTrials / 6.).epsilon(0.04));
}

TEST_CASE("a rate of one mutates every gene and a rate of zero none", "[moo][variation]")
{
    const GenomeSpace space{.options = std::vector<std::uint32_t>(70, 2)};
    Rng rng(2);
    std::vector<Gene> genome(70, 0);
    Breeder(space, {.mutation = 0.}).mutate(genome, rng);
    CHECK(std::ranges::count(genome, 1) == 0);
    Breeder(space, {.mutation = 1.}).mutate(genome, rng);
    CHECK(std::ranges::count(genome, 1) == 70);
}

TEST_CASE("long genomes mutate at no less than 0.02", "[moo][variation]")
{
    const GenomeSpace space{.options = std::vector<std::uint32_t>(200, 2)};
    Breeder breeder(space, {});
    Rng rng(3);
    std::int64_t changed = 0;
    for (int trial = 0; trial < 2000; ++trial) {
        std::vector<Gene> genome(200, 0);
        breeder.mutate(genome, rng);
        changed += std::ranges::count(genome, 1);
    }
    CHECK(static_cast<double>(changed) / 2000 == Approx(4).epsilon(0.05));
}

TEST_CASE("discrete crossover takes each gene from either parent, the other child the rest", "[moo][variation]")
{
    const GenomeSpace space{.options = std::vector<std::uint32_t>(100, 9)};
    const Breeder breeder(space, {.crossover = 0.5});
    const std::vector<Gene> mother(100, 3), father(100, 8);
    std::vector<Gene> first(100), second(100);
    Rng rng(4);
    std::vector<int> exchanged(100, 0);
    int copies = 0;
    for (int trial = 0; trial < 4000; ++trial) {
        breeder.cross(mother, father, first, second, rng);
        copies += first == mother && second == father;
        for (std::size_t i = 0; i < 100; ++i) {
            REQUIRE(first[i] + second[i] == 11);
            exchanged[i] += first[i] == 8;
        }
    }
    CHECK(copies == Approx(2000).epsilon(0.06));
    for (const int count : exchanged)
        CHECK(count == Approx(1000).epsilon(0.15));
}

TEST_CASE("one mutation changes one gene; where nothing can change it says so", "[moo][variation]")
{
    const GenomeSpace space{.options = {4, 1, 4}}, fixed{.options = {1, 1}};
    Breeder breeder(space, {});
    Rng rng(5);
    for (int trial = 0; trial < 100; ++trial) {
        std::vector<Gene> genome{2, 0, 3};
        REQUIRE(breeder.mutate_once(genome, rng));
        CHECK((genome[0] != 2) + (genome[1] != 0) + (genome[2] != 3) == 1);
    }
    std::vector<Gene> genome{0, 0};
    CHECK_FALSE(Breeder(fixed, {}).mutate_once(genome, rng));
}

TEST_CASE("probabilities outside 0 to 1 are refused", "[moo][variation]")
{
    const GenomeSpace space{.options = {2}};
    CHECK_THROWS_WITH(Breeder(space, {.crossover = 1.5}), ContainsSubstring("crossover"));
    CHECK_THROWS_WITH(Breeder(space, {.mutation = -0.1}), ContainsSubstring("mutation"));
}

TEST_CASE("steps go to a neighbouring option, where options are ordered", "[moo][variation]")
{
    const GenomeSpace space{.options = {5, 5}, .ordinal = {1, 0}};
    Breeder breeder(space, {.mutation = 1, .steps = 1});
    Rng rng(3);
    int far = 0, ups = 0;
    for (int i = 0; i < 1000; ++i) {
        std::vector<Gene> genome{2, 2};
        breeder.mutate(genome, rng);
        CHECK((genome[0] == 1 || genome[0] == 3));
        ups += genome[0] == 3;
        far += genome[1] == 0 || genome[1] == 4;
        std::vector<Gene> edges{0, 0};
        breeder.mutate(edges, rng);
        CHECK(edges[0] == 1);
        edges = {4, 4};
        breeder.mutate(edges, rng);
        CHECK(edges[0] == 3);
    }
    CHECK(ups > 420);
    CHECK(ups < 580);
    CHECK(far > 420);  // the other gene knows no neighbours: half of its other options
    CHECK_THROWS_WITH(Breeder(space, {.steps = 2}), ContainsSubstring("steps must lie between 0 and 1"));
}

TEST_CASE("steps happen as often as they should", "[moo][variation]")
{
    const GenomeSpace space{.options = {9}, .ordinal = {1}};
    Breeder breeder(space, {.mutation = 1, .steps = 0.5});
    Rng rng(5);
    int near = 0;
    for (int i = 0; i < 4000; ++i) {
        std::vector<Gene> genome{4};
        breeder.mutate(genome, rng);
        near += genome[0] == 3 || genome[0] == 5;
    }
    CHECK(near / 4000. == Approx(0.5 + 0.5 * 2 / 8).margin(0.03));
}

TEST_CASE("operators have names", "[moo][variation]")
{
    CHECK(operators_named("discrete") == Operators::discrete);
    CHECK(operators_named("integer_05") == Operators::integer_05);
    CHECK(operators_named("integer_06") == Operators::integer_06);
    CHECK_THROWS_WITH(operators_named("integer"), ContainsSubstring("there are discrete, integer_05, integer_06"));
}
