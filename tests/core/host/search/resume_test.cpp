// SPDX-License-Identifier: Apache-2.0
#include <set>

#include "catch.hpp"
#include "search_bench.hpp"

using namespace espalier;
using namespace espalier::host;
using namespace espalier::test;

namespace {

/// Stops the run after `evaluations` calls of its evaluator; -1: never.
std::unique_ptr<Bench> stopping(int evaluations, int in_flight = 1)
{
    auto bench = std::make_unique<Bench>(random_search(static_cast<std::size_t>(in_flight)));
    bench->experiment.budget.evaluations = 100;
    bench->cost("latency_ms", [](const Candidate& c, Context&) { return scored(c, "latency_ms", spelt(c) / 7); });
    bench->experiment.constraints = {{"latency_ms", 0, 100}};
    bench->evaluator([evaluations, done = 0, lent = bench.get()](const Candidate& c, Context&) mutable {
        const bool too_large = spelt(c) > 600;
        // Not at a failure: it would be tried again, because it may be the stopping that failed.
        lent->stop = ++done >= evaluations && evaluations > 0 && !too_large;
        return too_large ? failed({}, "too large") : scored(c, "score", spelt(c) / 3);
    });
    return bench;
}

int calls(Bench& bench)
{
    return static_cast<TestEvaluator&>(*bench.parts.evaluator).calls;
}

std::size_t notes(const std::filesystem::path& directory, const std::string& series)
{
    return RunStore::read_only(directory).notes(series).size();
}

}  // namespace

TEST_CASE("a resumed run equals the uninterrupted one and evaluates nothing again", "[resume]")
{
    for (const int in_flight : {1, 5}) {
        const TemporaryFolder folder;
        auto whole = stopping(-1, in_flight);
        CHECK(whole->run(folder / "whole").state == RunState::finished);
        int total = 0;
        for (const int part : {1, 20, 7, 40, -1}) {
            auto bench = stopping(part, in_flight);
            CHECK(bench->run(folder / "parts").state == (part < 0 ? RunState::finished : RunState::interrupted));
            total += calls(*bench);
        }
        CHECK(total == calls(*whole));
        CHECK(total == 100);
        CHECK(all_results(folder / "parts") == all_results(folder / "whole"));
        CHECK(notes(folder / "parts", "score") == notes(folder / "whole", "score"));
        CHECK(RunStore::read_only(folder / "parts").winners().at(0).text ==
              RunStore::read_only(folder / "whole").winners().at(0).text);
    }
}

TEST_CASE("a finished run stays as it is", "[resume]")
{
    const TemporaryFolder folder;
    stopping(-1)->run(folder / "run");
    auto again = stopping(-1);
    const RunOutcome outcome = again->run(folder / "run");
    CHECK(outcome.state == RunState::finished);
    CHECK(outcome.winners.size() == 1);
    CHECK(calls(*again) == 0);
}

TEST_CASE("a replay that diverges is an error that names the evaluation", "[resume]")
{
    const TemporaryFolder folder;
    stopping(30)->run(folder / "run");
    const std::string recorded = all_results(folder / "run");
    auto other = stopping(-1);
    SECTION("another architecture")
    {
        other->experiment.seed = 2;
        CHECK_THAT(other->run(folder / "run").sentence, ContainsSubstring("replay diverged at evaluation 0: "));
    }
    SECTION("an early end")
    {
        other->strategy([](Search& search) {
            Rng rng = search.rng("random");
            for (int i = 0; i < 3; ++i)
                search.evaluate(std::vector{random_architecture(Region(search.space().decisions()), rng)});
        });
        CHECK_THAT(other->run(folder / "run").sentence, ContainsSubstring("replay diverged at evaluation 3: "));
    }
    SECTION("without a training")
    {
        const auto steps = [](bool trains) {
            return [trains](Search& search) {
                search.evaluate(std::vector{digits({1, 1, 1})});
                if (trains)
                    search.train("again", Region(search.space().decisions()));
                search.evaluate(std::vector{digits({2, 2, 2})});
                throw Error("stopped");
            };
        };
        std::string diary;
        for (const bool trains : {true, false}) {
            Bench bench(steps(trains));
            bench.evaluator([](const Candidate& c, Context&) { return scored(c, "score", 1); }).learning =
                [&](const Region&, Sampler) { return std::make_unique<Diary>(diary, 1); };
            CHECK_THAT(bench.run(folder / "trained").sentence,
                       ContainsSubstring(trains ? "stopped" : "replay diverged at evaluation 1: "));
        }
        return;
    }
    CHECK(calls(*other) == 0);
    CHECK(all_results(folder / "run") == recorded);
    CHECK(RunStore::read_only(folder / "run").state() == RunState::failed);
}

TEST_CASE("what a cost measured holds after `final` has measured the same anew", "[resume]")
{
    const TemporaryFolder folder;
    double clock = 0;
    std::vector<double> priced;
    const auto run = [&](bool stop) {
        Bench bench([&](Search& search) {
            const std::vector<Architecture> one{digits({1, 1, 1})};
            priced.push_back(search.cost(one).front().metrics.at("latency_ms"));
            search.evaluate(one);
        });
        const auto measure = [&clock](const Candidate& c, Context&) { return scored(c, "latency_ms", ++clock); };
        bench.cost("latency_ms", measure).measuring = true;
        bench.final("latency_ms", measure).measuring = true;
        bench.final("top1_pct", [&](const Candidate& c, Context& context) {
            bench.stop = stop;
            return context.stopped() ? failed({}, "stopped") : scored(c, "top1_pct", 1);
        });
        bench.parts.costs[0].fingerprint = bench.parts.finals[0].fingerprint = "one device";
        return bench.run(folder / "run").state;
    };
    CHECK(run(true) == RunState::interrupted);
    CHECK(run(false) == RunState::finished);
    CHECK(priced == std::vector<double>{1, 1});
}

TEST_CASE("what was measured is never measured again", "[resume]")
{
    const TemporaryFolder folder;
    double clock = 0;  // another value at every measurement
    const auto part = [&](int evaluations) {
        auto bench = std::make_unique<Bench>(random_search());
        bench->experiment.budget.evaluations = 50;
        auto& cost = bench->cost("latency_ms",
                                 [&clock](const Candidate& c, Context&) { return scored(c, "latency_ms", ++clock); });
        cost.measuring = true;
        bench->evaluator([evaluations, lent = bench.get()](const Candidate& c, Context&) mutable {
            lent->stop = --evaluations == 0;
            return lent->stop ? failed({}, "stopped") : scored(c, "score", spelt(c));
        });
        return bench->run(folder / "run").state;
    };
    CHECK(part(10) == RunState::interrupted);
    const auto before = rows(folder / "run");
    CHECK(clock > static_cast<double>(before.size()));  // measured, but not yet a row
    const double measured = clock;
    CHECK(part(-1) == RunState::finished);
    const auto after = rows(folder / "run");
    for (std::size_t i = 0; i < before.size(); ++i)
        CHECK(before[i].evaluation == after[i].evaluation);
    CHECK(after[before.size()].evaluation.metrics.at("latency_ms") == measured);
    std::set<std::string> keys;
    for (const StoredEvaluation& row : after)
        keys.insert(row.key);
    CHECK(clock == static_cast<double>(keys.size()));
}

TEST_CASE("another run's evaluations are taken over, and only the costs are priced anew", "[resume]")
{
    const TemporaryFolder folder;
    const auto bench = [&](std::string device, double factor) {
        auto made = std::make_unique<Bench>(random_search());
        made->experiment.budget.evaluations = 60;
        made->cost("latency_ms",
                   [factor](const Candidate& c, Context&) { return scored(c, "latency_ms", factor * spelt(c)); });
        made->parts.costs.front().fingerprint = "table-" + std::move(device);
        made->final("top1_pct", [](const Candidate& c, Context&) { return scored(c, "top1_pct", spelt(c) / 10); });
        return made;
    };
    bench("raspi4", 1)->run(folder / "first");

    auto second = bench("pixel3", 2);
    second->experiment.reuse = {folder / "first"};
    CHECK(second->run(folder / "second").state == RunState::finished);
    CHECK(calls(*second) == 0);
    CHECK(static_cast<TestEvaluator&>(*second->parts.finals[0]).calls == 0);
    CHECK(static_cast<TestCost&>(*second->parts.costs[0]).calls > 0);
    bench("pixel3", 2)->run(folder / "alone");
    CHECK(all_results(folder / "second") == all_results(folder / "alone"));
    CHECK(all_results(folder / "second") != all_results(folder / "first"));

    SECTION("what was taken over belongs to the run, also for those that reuse it in turn")
    {
        std::filesystem::remove_all(folder / "first");
        auto third = bench("edge_gpu", 3);
        third->experiment.reuse = {folder / "second"};
        CHECK(third->run(folder / "third").state == RunState::finished);
        CHECK(calls(*third) == 0);
    }
    SECTION("not by another evaluator")
    {
        auto third = bench("pixel3", 2);
        third->parts.evaluator.fingerprint = "evaluator-2";
        third->experiment.reuse = {folder / "first"};
        third->run(folder / "third");
        CHECK(calls(*third) == 60);
    }
    SECTION("a directory without a run is an error, but not for a run that has already begun")
    {
        auto third = bench("pixel3", 2);
        third->experiment.reuse = {folder / "nothing"};
        CHECK_THAT(third->run(folder / "third").sentence, ContainsSubstring("holds no run"));
    }
}

TEST_CASE("a resumed run does without the runs it took over from", "[resume]")
{
    const TemporaryFolder folder;
    stopping(-1)->run(folder / "first");
    auto part = stopping(-1);
    part->experiment.reuse = {folder / "first"};
    part->experiment.budget.evaluations = 100;
    part->final("top1_pct", [lent = part.get()](const Candidate&, Context& context) {
        lent->stop = true;
        return context.stopped() ? failed({}, "") : Evaluation{};
    });
    CHECK(part->run(folder / "run").state == RunState::interrupted);
    std::filesystem::remove_all(folder / "first");
    auto rest = stopping(-1);
    rest->experiment.reuse = {folder / "first"};
    CHECK(rest->run(folder / "run").state == RunState::finished);
    CHECK(calls(*rest) == 0);
    CHECK_THAT(rest->told.messages.at(0), ContainsSubstring("is gone"));
}

TEST_CASE("what a run starts from is kept with it", "[resume]")
{
    const TemporaryFolder folder;
    stopping(-1)->run(folder / "first");
    std::vector<Evaluation> known;
    const auto part = [&](bool end) {
        auto bench = stopping(-1);
        bench->experiment.start = folder / "first";
        bench->strategy([&known, end, lent = bench.get()](Search& search) {
            known = search.known();
            lent->stop = end;
            search.evaluate(std::vector{known.at(0).architecture});
        });
        return bench->run(folder / "run").state;
    };
    CHECK(part(true) == RunState::interrupted);
    const auto first = known;
    std::filesystem::remove_all(folder / "first");
    CHECK(part(false) == RunState::finished);
    CHECK(known == first);
}
