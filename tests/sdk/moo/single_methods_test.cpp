// SPDX-License-Identifier: Apache-2.0
// What is particular to each of the simpler methods.
#include "espalier/error.hpp"
#include "espalier/moo/methods.hpp"

#include "catch.hpp"
#include "points.hpp"
#include "searches.hpp"

using namespace espalier::moo;

namespace {

/// One objective: how far the genes are from 3, 1, 4, 1, 5, 9, 2, 6.
TestProblem digits()
{
    return {"digits", std::vector<std::uint32_t>(8, 10), 1, [](std::span<const Gene> genome, std::span<double> values) {
                constexpr std::array<int, 8> kWanted{3, 1, 4, 1, 5, 9, 2, 6};
                values[0] = 0;
                for (std::size_t i = 0; i < 8; ++i)
                    values[0] += std::abs(genome[i] - kWanted[i]);
            }};
}

double best_of(const Optimiser& optimiser)
{
    return *std::ranges::min_element(optimiser.population().objectives.values());
}

/// The same with a limit on the sum of all genes.
GenomeSpace limited_digits(double limit)
{
    GenomeSpace space = space_of(digits());
    space.violation = [limit](std::span<const Gene> genome) {
        double sum = 0;
        for (const Gene gene : genome)
            sum += gene;
        return std::max(0., sum - limit);
    };
    return space;
}

}  // namespace

TEST_CASE("every method for one objective finds the optimum where random search does not", "[moo][methods]")
{
    for (const char* name : {"ga", "constrained_ga", "local_search", "regularised_evolution", "random"}) {
        CAPTURE(name);
        const auto optimiser = make_optimiser(name, space_of(digits()), {.population = 40, .seed = 2});
        run(*optimiser, digits(), 4000);
        if (std::string(name) == "random")
            CHECK(best_of(*optimiser) > 2);
        else if (std::string(name) == "regularised_evolution")
            CHECK(best_of(*optimiser) <= 2);  // its best members die as well
        else
            CHECK(best_of(*optimiser) == 0);
    }
}

TEST_CASE("the oldest members leave first, however good they are", "[moo][methods]")
{
    const auto optimiser =
        make_optimiser("regularised_evolution", GenomeSpace{.options = {9}, .objectives = 1}, {.population = 2});
    Genomes genomes(1, 1);
    for (const Gene gene : {Gene{0}, Gene{5}, Gene{7}}) {
        genomes[0][0] = gene;
        optimiser->tell(genomes, points({{static_cast<double>(gene)}}));
    }
    CHECK(optimiser->population().genomes[0][0] == 5);
    CHECK(optimiser->population().genomes[1][0] == 7);
}

TEST_CASE("an aging child differs from the fittest contestant in one gene", "[moo][methods]")
{
    const auto optimiser = make_optimiser(GenomeSpace{.options = {5, 5, 5, 5}, .objectives = 1},
                                          RegularisedEvolutionSettings{{.population = 2}, 30});
    optimiser->ask(2);
    Genomes parents(4, 2);
    for (Gene& gene : parents[1])
        gene = 4;
    optimiser->tell(parents, points({{2}, {1}}));  // of 30 contestants the second is the fittest
    const Genomes children = optimiser->ask(10);
    REQUIRE(children.rows() == 10);
    for (std::size_t row = 0; row < children.rows(); ++row)
        CHECK(std::ranges::count(children[row], 4) == 3);
}

TEST_CASE("the constrained search asks for feasible genomes only and finds the best of them", "[moo][methods]")
{
    // The optimum's sum is 31: with a limit of 20 the best distance is 11.
    for (const auto& [limit, best] : {std::pair{20., 11.}, {31., 0.}, {72., 0.}}) {
        const GenomeSpace space = limited_digits(limit);
        const auto optimiser = make_optimiser("constrained_ga", space, {.population = 100});
        for (int generation = 0; generation < 80; ++generation) {
            const Genomes asked = optimiser->ask(100);
            for (std::size_t row = 0; row < asked.rows(); ++row)
                REQUIRE(space.violation(asked[row]) == 0);
            optimiser->tell(asked, digits()(asked));
        }
        CHECK(best_of(*optimiser) == best);
    }
}

TEST_CASE("of a full generation the best quarter survives", "[moo][methods]")
{
    const auto optimiser = make_optimiser("constrained_ga", space_of(digits()), {.population = 20});
    for (int generation = 0; generation < 3; ++generation) {
        const Genomes asked = optimiser->ask(20);
        optimiser->tell(asked, digits()(asked));
    }
    CHECK(optimiser->population().size() == 5);
}

TEST_CASE("constraints that random genomes hardly meet are met by repair", "[moo][methods]")
{
    const GenomeSpace space = limited_digits(1);  // 9 genomes of 10^8
    const auto optimiser = make_optimiser("constrained_ga", space, {.population = 4});
    const Genomes asked = optimiser->ask(4);
    REQUIRE(asked.rows() >= 1);
    CHECK(space.violation(asked[0]) == 0);
}

TEST_CASE("a constraint that nothing meets ends in an error, not in a loop", "[moo][methods]")
{
    const auto optimiser = make_optimiser("constrained_ga", limited_digits(-3), {.population = 4});
    CHECK_THROWS_WITH(optimiser->ask(4), ContainsSubstring("the smallest violation is 3"));
}

TEST_CASE("local search explores all neighbours of a local optimum, then starts anew", "[moo][methods]")
{
    // Two genes of four options, worth nothing but in one corner.
    const GenomeSpace space{.options = {4, 4}, .objectives = 1};
    const auto optimiser = make_optimiser("local_search", space);
    const Genomes corner(2, 1);
    optimiser->tell(corner, points({{0}}));
    std::size_t neighbours = 0;
    for (int i = 0; i < 6; ++i) {
        const Genomes asked = optimiser->ask(1);
        REQUIRE(asked.rows() == 1);
        neighbours += asked[0][0] == 0 || asked[0][1] == 0;
        optimiser->tell(asked, points({{1}}));
    }
    CHECK(neighbours == 6);
    const Genomes elsewhere = optimiser->ask(1);
    CHECK((elsewhere[0][0] != 0 && elsewhere[0][1] != 0));
    CHECK(optimiser->population().size() == 1);
}

TEST_CASE("local search leaves a member as soon as a neighbour beats it", "[moo][methods]")
{
    const GenomeSpace space{.options = {9, 9}, .objectives = 1};
    const auto optimiser = make_optimiser("local_search", space);
    optimiser->tell(Genomes(2, 1), points({{5}}));  // 0 0
    const Genomes neighbour = optimiser->ask(1);
    optimiser->tell(neighbour, points({{4}}));
    const Genomes next = optimiser->ask(7);  // of the neighbour, with 7 more on the same line and 8 across
    REQUIRE(next.rows() == 7);
    std::size_t across = 0;
    for (std::size_t row = 0; row < next.rows(); ++row)
        across += next[row][0] != 0 && next[row][1] != 0;
    CHECK(across > 0);
}
