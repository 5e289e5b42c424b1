// SPDX-License-Identifier: Apache-2.0
#include "espalier/moo/search_genomes.hpp"

#include <algorithm>

#include "espalier/sdk/memory_search.hpp"

#include "catch.hpp"
#include "toys/toy_space.hpp"

using namespace espalier;

TEST_CASE("genes of a region count its options, there and back", "[search_genomes]")
{
    const ToySpace space(digit_decisions(3, 5));
    conformance::MemoryProblem problem;
    problem.space = &space;
    const conformance::MemorySearch search(problem);
    Region region(space.decisions());
    region.allow(0, {1, 4}).fix(1, 3);
    moo::SearchGenomes whole(search, {}), part(search, {});
    part.within(region);
    const moo::GenomeSpace genes = part.genome_space();
    CHECK(genes.options == std::vector<std::uint32_t>{2, 1, 5});
    Rng rng(1, "genomes");
    for (int i = 0; i < 50; ++i) {
        std::vector<moo::Gene> genome(3);
        genes.draw(genome, rng);
        const Architecture architecture = part.architecture(genome);
        CHECK(region.contains(architecture));
        const Evaluation evaluation{architecture, {{"score", 1}}, Status::ok, ""};
        CHECK(std::ranges::equal(part.told({&evaluation, 1}).genomes[0], genome));
        CHECK(part.key(genome) == whole.key(architecture.choices));
    }
}
