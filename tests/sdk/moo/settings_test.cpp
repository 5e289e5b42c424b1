// SPDX-License-Identifier: Apache-2.0
#include <map>

#include "espalier/moo/methods.hpp"

#include "catch.hpp"
#include "searches.hpp"

using namespace espalier;
using namespace espalier::moo;

TEST_CASE("a Latin hypercube holds every option equally often", "[moo]")
{
    const GenomeSpace space{.options = {2, 3, 4, 6, 12, 12, 12, 12}};
    const auto optimiser = make_optimiser("nsga2", space, {.population = 24, .latin_hypercube = true});
    const Genomes asked = optimiser->ask(24);
    REQUIRE(asked.rows() == 24);
    for (std::size_t gene = 0; gene < space.options.size(); ++gene) {
        std::map<Gene, int> counts;
        for (std::size_t row = 0; row < asked.rows(); ++row)
            ++counts[asked[row][gene]];
        for (const auto& [option, count] : counts)
            CHECK(count == 24 / static_cast<int>(space.options[gene]));
        CHECK(counts.size() == space.options[gene]);
    }
}

TEST_CASE("a Latin hypercube may be asked for in parts, saved in between, and holds no key twice", "[moo]")
{
    const Settings settings{.population = 24, .latin_hypercube = true};
    const GenomeSpace space{.options = {3, 3, 3, 3}};
    const auto whole = make_optimiser("nsga2", space, settings), part = make_optimiser("nsga2", space, settings);
    const Genomes all = whole->ask(24);
    const Genomes first = part->ask(10);
    const auto loaded = make_optimiser("nsga2", space, settings);
    loaded->load(part->save());
    const Genomes rest = loaded->ask(14);
    REQUIRE(first.rows() + rest.rows() == 24);
    std::map<std::vector<Gene>, int> seen;
    for (const Genomes* genomes : {&first, &rest})
        for (std::size_t row = 0; row < genomes->rows(); ++row)
            ++seen[{(*genomes)[row].begin(), (*genomes)[row].end()}];
    CHECK(seen.size() == 24);
    CHECK(std::ranges::equal(all[3], first[3]));
}

TEST_CASE("the genes of a block are redrawn together", "[moo]")
{
    // genes 0 and 1 are a block; 2 and 3 stand alone
    GenomeSpace space{.options = {50, 50, 50, 50}, .objectives = 1, .groups = {{0, 1}}};
    ConstrainedGaSettings settings;
    settings.population = 40;
    settings.variation.mutation = 0.3;
    settings.parents = 0.05;
    settings.mutants = 1;
    const auto optimiser = make_optimiser(space, settings);
    const Genomes initial = optimiser->ask(40);
    Points same(1, initial.rows());
    optimiser->tell(initial, same);
    const Population parents = optimiser->population();
    int both = 0, one = 0, alone = 0;
    for (int generation = 0; generation < 50; ++generation) {
        const Genomes children = optimiser->ask(40);
        for (std::size_t row = 0; row < children.rows(); ++row) {
            // of the parents the one that shares most genes
            std::size_t nearest = 0, most = 0;
            for (std::size_t p = 0; p < parents.size(); ++p) {
                std::size_t shared = 0;
                for (std::size_t gene = 0; gene < 4; ++gene)
                    shared += parents.genomes[p][gene] == children[row][gene];
                if (shared > most)
                    nearest = p, most = shared;
            }
            if (most < 2)
                continue;
            const bool first = parents.genomes[nearest][0] != children[row][0];
            const bool second = parents.genomes[nearest][1] != children[row][1];
            both += first && second;
            one += first != second;
            alone += parents.genomes[nearest][2] != children[row][2];
        }
    }
    INFO(both << " both, " << one << " one only, " << alone << " of the third gene");
    CHECK(both > 5 * one);  // crossings in disguise and redraws to the same option; one by one it would be 2 to 3
    CHECK(alone > 100);
}

TEST_CASE("groups and ordinal genes are checked", "[moo]")
{
    CHECK_THROWS_WITH(make_optimiser("nsga2", {.options = {2, 2}, .groups = {{0, 2}}}),
                      ContainsSubstring("gene 2 of a group does not exist or is in two groups"));
    CHECK_THROWS_WITH(make_optimiser("nsga2", {.options = {2, 2}, .groups = {{0}, {1, 0}}}),
                      ContainsSubstring("gene 0 of a group"));
    CHECK_THROWS_WITH(make_optimiser("nsga2", {.options = {2, 2}, .ordinal = {1}}),
                      ContainsSubstring("it is said of 1 genes whether they are ordinal; there are 2"));
}

TEST_CASE("a population too small for its directions is told of", "[moo]")
{
    const GenomeSpace space{.options = {3, 3, 3}, .objectives = 2};
    Points directions(2);
    for (int i = 0; i <= 10; ++i)
        directions.append(std::vector{i / 10., 1 - i / 10.});
    UNsga3Settings settings{{.population = 11}, directions};
    CHECK(make_optimiser(space, settings)->warning().empty());
    settings.population = 10;
    CHECK_THAT(make_optimiser(space, settings)->warning(),
               ContainsSubstring("a population of 10 cannot fill 11 reference directions"));
    CHECK(make_optimiser("nsga2", space)->warning().empty());
}

TEST_CASE("the order of two objectives does not change NSGA-II's search", "[moo]")
{
    const auto visited = [](bool swapped) {
        const auto optimiser =
            make_optimiser("nsga2", {.options = std::vector<std::uint32_t>(12, 7)}, {.population = 20});
        std::vector<Genomes> all;
        for (int generation = 0; generation < 30; ++generation) {
            const Genomes asked = optimiser->ask(20);
            Points points(2, asked.rows());
            for (std::size_t row = 0; row < asked.rows(); ++row) {
                double up = 0, down = 0;  // irrational weights: no ties
                for (std::size_t gene = 0; gene < 12; ++gene) {
                    up += asked[row][gene] * std::sqrt(2. + static_cast<double>(gene));
                    down -= std::sqrt(asked[row][gene] + 0.1) * std::cbrt(5. + static_cast<double>(gene));
                }
                points[row][swapped ? 1 : 0] = up;
                points[row][swapped ? 0 : 1] = down;
            }
            optimiser->tell(asked, points);
            all.push_back(asked);
        }
        return all;
    };
    CHECK(visited(false) == visited(true));
}
