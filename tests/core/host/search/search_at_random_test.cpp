// SPDX-License-Identifier: Apache-2.0
// Searches that do everything in a random order, with costs and evaluators that are slow, measure, like batches, learn
// and fail at random: whatever the number of workers, and however often they are interrupted, they find the same.
#include <chrono>
#include <thread>

#include "catch.hpp"
#include "search_bench.hpp"

using namespace espalier;
using namespace espalier::host;
using namespace espalier::test;

namespace {

void nap(const Candidate& c, const char* who)
{
    std::this_thread::sleep_for(std::chrono::microseconds(stable_hash(who + to_string(c.architecture())) % 700));
}

void at_random(Search& search)
{
    Rng rng = search.rng("at random");
    const Region all(search.space().decisions());
    std::size_t flying = 0;
    int trainings = 0;
    const auto note = [&](const char* series, const Evaluation& e) {
        search.note(series, 10 * static_cast<double>(e.metrics.size()) + static_cast<double>(e.status));
    };
    const auto collect = [&] {
        --flying;
        note("collected", search.collect());
    };
    for (int i = 0; i < 60; ++i) {
        const auto what = rng.below(9);
        if (what < 4) {
            search.submit(random_architecture(all, rng));
            ++flying;
        } else if (what == 4 && flying > 0) {
            collect();
        } else if (what == 5) {
            search.note("left", static_cast<double>(search.remaining()));
        } else if (what == 6) {
            std::vector<Architecture> batch;
            for (auto size = rng.below(6); size > 0; --size)
                batch.push_back(random_architecture(all, rng));
            for (const Evaluation& priced : search.cost(batch))
                note("priced", priced);
        } else if (what == 7) {
            search.note("feasible", search.feasible(random_architecture(all, rng)));
        } else if (what == 8 && trainings < 2 && rng.below(4) == 0) {
            ++trainings;
            search.train("again", all, nullptr, rng.below(2) == 0 ? Learners::evaluator : Learners::all);
        }
    }
    while (flying > 0)
        collect();
}

struct AtRandom {
    AtRandom(std::uint64_t seed, int workers) : bench(at_random)
    {
        Rng rng(seed, "experiment");
        bench.experiment.seed = seed;
        bench.experiment.budget.evaluations = 10 + rng.below(40);
        bench.experiment.execution.workers = workers;
        bench.experiment.constraints = {{"latency_ms", 0, 300 + static_cast<double>(rng.below(700))},
                                        {"energy_mj", static_cast<double>(rng.below(4)), 9},
                                        {"score", -1, 500 + static_cast<double>(rng.below(600))}};
        if (rng.below(3) == 0) {
            bench.experiment.on_failure = OnFailure::retry;
            bench.experiment.retries = 1;
        }
        const std::uint64_t unlucky = rng.below(20);
        const auto fails = [unlucky](const Candidate& c, const char* who) {
            return stable_hash(to_string(c.canonical()) + who) % 20 == unlucky;
        };
        TestCost& latency = bench.cost("latency_ms", [fails](const Candidate& c, Context&) {
            nap(c, "latency");
            return fails(c, "latency") ? failed({}, "odd") : scored(c, "latency_ms", spelt(c));
        });
        TestCost& macs = bench.cost(
            "macs", [](const Candidate& c, Context&) { return scored(c, "macs", c.canonical().choices[1]); });
        TestCost& energy = bench.cost("energy_mj", [](const Candidate& c, Context&) {
            nap(c, "energy");
            return scored(c, "energy_mj", c.canonical().choices[2]);
        });
        TestEvaluator& evaluator = bench.evaluator([fails](const Candidate& c, Context&) {
            nap(c, "evaluator");
            return fails(c, "evaluator") ? failed({}, "odd") : scored(c, "score", spelt(c));
        });
        bench.final("top1_pct", [](const Candidate& c, Context&) { return scored(c, "top1_pct", 1); });
        latency.is_slow = rng.below(2) == 0;
        energy.is_slow = rng.below(2) == 0;
        macs.is_slow = rng.below(4) == 0;
        latency.measuring = rng.below(5) == 0;
        evaluator.measuring = rng.below(8) == 0;
        latency.likes = 1 + rng.below(4);
        macs.likes = 1 + rng.below(3);
        energy.likes = 1 + rng.below(2);
        evaluator.likes = 1 + rng.below(5);
        latency.by_architecture = rng.below(2) == 0;
        const auto learns = [this](const Region&, Sampler) { return std::make_unique<Diary>(diary, 3); };
        if (rng.below(2) == 0)
            evaluator.learning = learns;
        if (rng.below(3) == 0)
            energy.learning = learns;
    }
    Bench bench;
    std::string diary;
};

const std::vector<std::string> kRandomSeries{"collected", "left", "priced", "feasible"};

/// Stops after a time, unless the run ends before.
RunState interrupted(const std::filesystem::path& directory, std::uint64_t seed, int workers,
                     std::chrono::microseconds after)
{
    AtRandom one(seed, workers);
    std::atomic<bool> over = false;
    std::thread stopper([&] {
        const auto end = std::chrono::steady_clock::now() + after;
        while (!over && std::chrono::steady_clock::now() < end)
            std::this_thread::sleep_for(std::chrono::microseconds(100));
        one.bench.stop = true;
    });
    const RunState state = one.bench.run(directory).state;
    over = true;
    stopper.join();
    return state;
}

}  // namespace

TEST_CASE("searches at random find the same for any number of workers and interruptions", "[search]")
{
    for (std::uint64_t seed = 1; seed <= 25; ++seed) {
        CAPTURE(seed);
        const TemporaryFolder folder;
        AtRandom alone(seed, 1), together(seed, 4);
        const RunOutcome outcome = alone.bench.run(folder / "alone");
        CHECK(outcome.state != RunState::failed);
        CHECK(together.bench.run(folder / "together").state == outcome.state);
        const std::string known = everything(folder / "alone", kRandomSeries);
        CHECK(everything(folder / "together", kRandomSeries) == known);
        Rng rng(seed, "interruptions");
        for (const int workers : {1, 3}) {
            const auto directory = folder / std::to_string(workers);
            // more time each time, since a replay takes some
            for (int i = 1;
                 interrupted(directory, seed, workers, std::chrono::microseconds(i * (500 + rng.below(20'000)))) ==
                 RunState::interrupted;
                 ++i)
                CHECK(i < 100);
            CHECK(everything(directory, kRandomSeries) == known);
        }
    }
}
