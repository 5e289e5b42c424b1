// SPDX-License-Identifier: Apache-2.0
#include "batches.hpp"

#include <set>

#include "catch.hpp"
#include "toy.hpp"

using namespace espalier;
using linas::Batches;
using linas::Found;

namespace {

/// Everything that batches are made from, on a space of `stages` stages where the score is learnt from 40 examples.
struct Bench {
    explicit Bench(std::size_t stages, std::vector<Constraint> constraints = {})
        : space(stages), problem(toy_problem(space, 1000)), search(problem), genomes(search, constraints)
    {
        options.predictor = "ridge";
        options.population = 10;
        options.inner_evaluations = 200;
        rules = linas::rules_of(options, 2);
        targets = linas::Targets::of(toy_setup(problem, cost, constraints), options, rules);
        predictors.emplace(search, genomes, targets, rules);
        Rng rng(3);
        for (int i = 0; i < 40; ++i)
            examples.push_back(problem.evaluate(random_architecture(Region(space.decisions()), rng)));
        predictors->fit(examples);
    }
    Found found()
    {
        return linas::InnerSearch(search, genomes, *predictors, options.optimiser, rules).run(1, moo::Genomes(0));
    }
    std::set<std::uint64_t> keys(const moo::Genomes& batch) const
    {
        std::set<std::uint64_t> keys;
        for (std::size_t row = 0; row < batch.rows(); ++row)
            keys.insert(genomes.key(batch[row]));
        return keys;
    }

    Stages space;
    conformance::MemoryProblem problem;
    WatchedSearch search;
    moo::SearchGenomes genomes;
    SumCost cost;
    linas::PredictionOptions options;
    linas::PredictionRules rules;
    linas::Targets targets;
    std::optional<linas::Predictors> predictors;
    std::vector<Evaluation> examples;
};

}  // namespace

TEST_CASE("a batch is the last population, the best first", "[linas]")
{
    Bench bench(4);
    const Found found = bench.found();
    REQUIRE(found.population.size() == 10);
    Batches batches(bench.genomes, *bench.predictors, true, 1);
    const moo::Genomes batch = batches.next(found, 4);
    const moo::Rows best = best_first(found.population);
    for (std::size_t i = 0; i < 4; ++i)
        CHECK(std::ranges::equal(batch[i], found.population.genomes[best[i]]));
    CHECK(found.all.size() > 100);
    CHECK(found.all.size() <= 200);
}

TEST_CASE("what the population is short of comes from all that was looked at", "[linas]")
{
    Bench bench(4);
    const Found found = bench.found();
    Batches batches(bench.genomes, *bench.predictors, true, 1);
    std::set<std::uint64_t> all;
    for (int i = 0; i < 3; ++i) {
        const moo::Genomes batch = batches.next(found, 30);
        CHECK(batch.rows() == 30);
        all.merge(bench.keys(batch));
    }
    CHECK(all.size() == 90);
    const std::set<std::uint64_t> looked_at(found.all.keys.begin(), found.all.keys.end());
    CHECK(std::ranges::includes(looked_at, all));
    // then mutants of the predicted front and random ones, still all new
    all.merge(bench.keys(batches.next(found, 500)));
    CHECK(all.size() == 590);
}

TEST_CASE("a batch holds every network of a small space before it falls short", "[linas]")
{
    Bench bench(1);  // 84 networks
    Batches batches(bench.genomes, *bench.predictors, true, 1);
    std::set<std::uint64_t> all = bench.keys(batches.first(30));
    CHECK(all.size() == 30);
    all.merge(bench.keys(batches.next(bench.found(), 40)));
    CHECK(all.size() == 70);
    CHECK(batches.next(bench.found(), 40).rows() == 14);
    CHECK(batches.next(bench.found(), 40).empty());
    CHECK(batches.first(5).empty());
}

TEST_CASE("what was validated is not proposed", "[linas]")
{
    Bench bench(1);
    Batches batches(bench.genomes, *bench.predictors, true, 1);
    batches.remember(bench.examples);
    std::set<std::uint64_t> known;
    for (const Evaluation& e : bench.examples)
        known.insert(bench.genomes.key(e.architecture.choices));
    for (const std::uint64_t key : bench.keys(batches.next(bench.found(), 84)))
        CHECK_FALSE(known.contains(key));
}

TEST_CASE("with copies kept a batch is the population as it is", "[linas]")
{
    Bench bench(4);
    const Found found = bench.found();
    Batches batches(bench.genomes, *bench.predictors, false, 1);
    for (int i = 0; i < 2; ++i) {
        const moo::Genomes batch = batches.next(found, 20);
        REQUIRE(batch.rows() == 10);
        for (std::size_t row = 0; row < 10; ++row)
            CHECK(std::ranges::equal(batch[row], found.population.genomes[row]));
    }
}

TEST_CASE("what breaks a constraint on exact costs is never in a batch", "[linas]")
{
    Bench bench(4, {{"cost", -INFINITY, 25, false}, {"score", 72, INFINITY, false}});
    Batches batches(bench.genomes, *bench.predictors, true, 1);
    const Found found = bench.found();
    for (const moo::Genomes& batch : {batches.first(30), batches.next(found, 10), batches.next(found, 300)}) {
        CHECK(!batch.empty());
        for (std::size_t row = 0; row < batch.rows(); ++row)
            CHECK(bench.space.cost(bench.genomes.architecture(batch[row])) <= 25);
    }
}
