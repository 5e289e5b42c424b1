// SPDX-License-Identifier: Apache-2.0
#include <mutex>
#include <set>

#include "catch.hpp"
#include "search_bench.hpp"

using namespace espalier;
using namespace espalier::host;
using namespace espalier::test;

namespace {

/// An evaluator that learns a diary in 4 steps and scores by its length and a hash of what it wrote.
struct Learner {
    explicit Learner(std::function<void(Search&)> strategy) : bench(std::move(strategy))
    {
        evaluator = &bench.evaluator([this](const Candidate& c, Context&) {
            return scored(c, "score", spelt(c) + static_cast<double>(stable_hash(diary) % 1000) / 1000);
        });
        evaluator->learning = [this](const Region& region, Sampler paths) {
            diary.clear();
            auto phase = std::make_unique<Diary>(diary, 4);
            phase->before_step = [this, &region, paths = std::move(paths)](Phase::Step& step) {
                ++steps;
                const Architecture drawn = paths(step.rng);
                CHECK(region.contains(drawn));
                paths_drawn.push_back(drawn);
                if (steps == stop_at)
                    bench.stop = true;
            };
            return phase;
        };
    }
    Bench bench;
    TestEvaluator* evaluator;
    std::string diary;
    int steps = 0, stop_at = -1;
    std::vector<Architecture> paths_drawn;
};

std::set<std::string> phase_names(const std::filesystem::path& directory)
{
    std::set<std::string> names;
    for (const StoredPhase& phase : RunStore::read_only(directory).phases())
        names.insert(phase.name);
    return names;
}

std::size_t files_below(const std::filesystem::path& directory)
{
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory))
        count += entry.is_regular_file() ? 1 : 0;
    return count;
}

}  // namespace

TEST_CASE("a phase goes on behind its last saved step, as if it had never stopped", "[phase]")
{
    const TemporaryFolder folder;
    std::string whole;
    Bench straight([&](Search& search) {
        Diary diary(whole, 6);
        search.phase("write", diary);
        CHECK(diary.made == 6);
    });
    straight.run(folder / "whole");
    CHECK(curve(folder / "whole", "diary") == std::vector<double>{0, 1, 2, 3, 4, 5});
    CHECK(straight.told.steps.size() == 6);
    CHECK(files_below(folder / "whole" / "phases") == 2);  // the last checkpoint alone

    int made = 0;
    for (const std::size_t stop_at : {0U, 2U, 5U, 100U}) {
        std::string text;
        Bench part([&](Search& search) {
            Diary diary(text, 6);
            diary.before_step = [&](Phase::Step& step) {
                // Whoever asks whether to stop has not finished the step.
                if (step.index != stop_at)
                    return;
                part.stop = true;
                CHECK(step.context.stopped());
            };
            const auto count = [&] { made += diary.made; };
            try {
                search.phase("write", diary);
            } catch (...) {
                count();
                throw;
            }
            count();
        });
        part.run(folder / "parts");
        if (stop_at == 100)
            CHECK(text == whole);
    }
    CHECK(made == 6 + 3);  // the three steps cut short were made twice
    CHECK(curve(folder / "parts", "diary") == curve(folder / "whole", "diary"));
}

TEST_CASE("steps that are not worth saving are made again, and noted once", "[phase]")
{
    const TemporaryFolder folder;
    std::string text, whole;
    int made = 0, saves = 0;
    std::size_t stop_at = 100;
    bool half_done = true;
    const auto run = [&](const std::string& name) {
        text.clear();
        Bench bench([&](Search& search) {
            Diary diary(text, 8);
            diary.save_every = 3;
            diary.while_saving = [&] { ++saves; };
            diary.before_step = [&](Phase::Step& step) {
                made += 1;
                CHECK(step.context.device() == "cpu");
                if (step.index != stop_at)
                    return;
                bench.stop = true;
                CHECK((!half_done || step.context.stopped()));
            };
            search.phase("write", diary);
        });
        bench.run(folder / name);
        return bench.told.steps;
    };
    CHECK(run("whole").back() == "strategy/write 8/8");
    CHECK(saves == 3);  // after steps 2, 5 and the last
    CHECK(made == 8);
    whole = text;
    stop_at = 4;
    CHECK(run("parts").size() == 4);
    CHECK(made == 8 + 5);
    stop_at = 6;
    half_done = false;  // a whole step that sees the end of the run is saved
    CHECK(run("parts").size() == 4);
    CHECK(made == 8 + 5 + 4);
    CHECK(saves == 3 + 1 + 2);
    stop_at = 100;
    run("parts");
    CHECK(made == 8 + 5 + 4 + 1);
    CHECK(text == whole);
    CHECK(curve(folder / "parts", "diary") == curve(folder / "whole", "diary"));
}

TEST_CASE("a finished phase is only loaded", "[phase]")
{
    const TemporaryFolder folder;
    for (const bool first : {true, false}) {
        std::string text;
        Bench bench([&](Search& search) {
            Diary diary(text, 3), again(text, 2);
            search.phase("write", diary);
            CHECK(diary.made == (first ? 3 : 0));
            CHECK(diary.loads == (first ? 0 : 1));
            search.phase("write", again);  // the second of that name
            CHECK(again.made == (first ? 2 : 0));
            bench.stop = first;
            search.submit(digits({1, 1, 1}));
        });
        CHECK(bench.run(folder / "run").state == (first ? RunState::interrupted : RunState::finished));
    }
    CHECK(phase_names(folder / "run") == std::set<std::string>{"strategy/write", "strategy/write (2)"});
}

TEST_CASE("a damaged checkpoint is an error that names the phase", "[phase]")
{
    const TemporaryFolder folder;
    std::string text;
    const auto part = [&](bool stop) {
        Bench bench([&](Search& search) {
            Diary diary(text, 3);
            search.phase("write", diary);
            bench.stop = stop;
            search.submit(digits({1, 1, 1}));
        });
        return bench.run(folder / "run");
    };
    part(true);
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder / "run" / "phases"))
        if (entry.path().filename() == "second")
            std::ofstream(entry.path()) << "half";
    CHECK_THAT(part(false).sentence, ContainsSubstring("strategy/write") && ContainsSubstring("half a diary"));
}

TEST_CASE("a phase may note, price and nest, but not evaluate", "[phase]")
{
    const TemporaryFolder folder;
    std::string outer, inner;
    Bench bench([&](Search& search) {
        Diary diary(outer, 2);
        diary.before_step = [&](Phase::Step& step) {
            search.note("loss", static_cast<double>(step.index));
            Diary nested(inner, 2);
            search.phase("inner", nested);
            CHECK(nested.made == 2);
            CHECK_THROWS_WITH(search.submit(digits({1, 1, 1})), ContainsSubstring("a phase may not evaluate"));
            CHECK(search.cost(std::vector{digits({1, 1, 1})}).size() == 1);
        };
        search.phase("outer", diary);
    });
    CHECK(bench.run(folder / "run").state == RunState::finished);
    CHECK(curve(folder / "run", "loss") == std::vector<double>{0, 1});
    CHECK(phase_names(folder / "run") ==
          std::set<std::string>{"strategy/outer", "strategy/outer/0/inner", "strategy/outer/1/inner"});
}

TEST_CASE("who never calls train gets components that have learnt on the whole space", "[phase]")
{
    const TemporaryFolder folder;
    Learner learner([](Search& search) { search.evaluate(std::vector{digits({1, 2, 3})}); });
    CHECK(learner.bench.run(folder / "run").sentence.empty());
    CHECK(learner.steps == 4);
    CHECK(std::set(learner.paths_drawn.begin(), learner.paths_drawn.end()).size() == 4);
    CHECK(phase_names(folder / "run") == std::set<std::string>{"evaluator/training"});
}

TEST_CASE("training forgets what was found with other weights", "[phase]")
{
    const TemporaryFolder folder;
    std::vector<Evaluation> found;
    Learner learner([&](Search& search) {
        const std::vector one{digits({1, 2, 3})};
        found.push_back(search.evaluate(one).front());
        search.submit(one.front());  // belongs to the weights it was proposed to
        search.train("narrow", Region(search.space().decisions()).fix(0, 4));
        found.push_back(search.collect());
        found.push_back(search.evaluate(one).front());
        CHECK(search.remaining() == 8);
        search.evaluate(std::vector{digits({3, 3, 3})});
    });
    learner.bench.experiment.budget.evaluations = 10;
    const RunOutcome outcome = learner.bench.run(folder / "run");
    CHECK(outcome.sentence.empty());
    REQUIRE(found.size() == 3);
    CHECK(found[0] == found[1]);
    CHECK(found[0] != found[2]);
    CHECK(learner.evaluator->calls == 3);
    CHECK(rows(folder / "run").size() == 3);
    CHECK(rows(folder / "run")[1].round == 1);
    CHECK(outcome.winners.at(0).architecture == digits({3, 3, 3}));
    for (std::size_t i = 4; i < 8; ++i)
        CHECK(learner.paths_drawn[i].choices[0] == 4);
}

TEST_CASE("costs learn once, unless all are to learn", "[phase]")
{
    for (const Learners who : {Learners::evaluator, Learners::all}) {
        const TemporaryFolder folder;
        std::string cost_diary;
        std::set<Architecture> drawn;
        Learner learner([&](Search& search) {
            const Region all(search.space().decisions());
            search.train("first", Region(all).fix(0, 4), nullptr, who);
            search.train("second", Region(all).fix(0, 5), nullptr, who);
            search.evaluate(std::vector{digits({1, 2, 3})});
        });
        TestCost& cost = learner.bench.cost(
            "latency_ms", [&](const Candidate& c, Context&) { return scored(c, "latency_ms", spelt(c)); });
        cost.learning = [&](const Region&, Sampler paths) {
            auto phase = std::make_unique<Diary>(cost_diary, 3);
            phase->before_step = [&, paths = std::move(paths)](Phase::Step& step) { drawn.insert(paths(step.rng)); };
            return phase;
        };
        CHECK(learner.bench.run(folder / "run").sentence.empty());
        const std::set<std::string> of_evaluator{"evaluator/first", "evaluator/second"};
        std::set<std::string> expected = who == Learners::all ? std::set<std::string>{"cost 0/first", "cost 0/second"}
                                                              : std::set<std::string>{"cost 0/training"};
        expected.insert(of_evaluator.begin(), of_evaluator.end());
        CHECK(phase_names(folder / "run") == expected);
        CHECK(std::ranges::all_of(drawn, [&](const Architecture& a) {
                  return a.choices[0] == 4 || a.choices[0] == 5;
              }) == (who == Learners::all));
        CHECK(rows(folder / "run").at(0).round == 2);
    }
}

TEST_CASE("a step that throws when it is told to stop interrupts the run", "[phase]")
{
    const TemporaryFolder folder;
    for (const bool again : {false, true}) {
        Learner learner([](Search& search) { search.evaluate(std::vector{digits({1, 2, 3})}); });
        learner.evaluator->learning = [&](const Region&, Sampler) {
            auto phase = std::make_unique<Diary>(learner.diary, 4);
            phase->before_step = [&](Phase::Step& step) {
                learner.bench.stop = step.index == 2 && !again;
                if (step.context.stopped())
                    throw Error("stopped while it learnt");
            };
            return phase;
        };
        const RunOutcome outcome = learner.bench.run(folder / "run");
        CHECK(outcome.state == (again ? RunState::finished : RunState::interrupted));
        CHECK(outcome.sentence.empty());
    }
}

TEST_CASE("what was proposed before a training is answered by what was learnt before", "[phase]")
{
    const TemporaryFolder folder;
    const std::vector<Architecture> two{digits({1, 2, 3}), digits({3, 4, 5})};
    const auto run = [&](const char* name, bool collected, int workers) {
        Learner learner([&](Search& search) {
            for (const Architecture& architecture : two)
                search.submit(architecture);
            for (std::size_t i = 0; i < two.size() && collected; ++i)
                search.collect();
            search.train("again", Region(search.space().decisions()));
        });
        learner.bench.experiment.execution.workers = workers;
        CHECK(learner.bench.run(folder / name).sentence.empty());
        return all_results(folder / name);
    };
    const std::string expected = run("collected before", true, 1);
    CHECK(run("one worker", false, 1) == expected);
    CHECK(run("three workers", false, 3) == expected);
}

TEST_CASE("a run in whose record a cost learns where it would not now is refused in a sentence", "[phase]")
{
    const TemporaryFolder folder;
    std::string diary;
    const auto run = [&](Learners who, bool stop) {
        Bench bench([&](Search& search) {
            search.train("second", Region(search.space().decisions()), nullptr, who);
            bench.stop = stop;
            search.evaluate(std::vector{digits({1, 2, 3})});
        });
        bench.cost("latency_ms", [](const Candidate& c, Context&) { return scored(c, "latency_ms", 1); }).learning =
            [&](const Region&, Sampler) { return std::make_unique<Diary>(diary, 3); };
        return bench.run(folder / "run");
    };
    CHECK(run(Learners::all, true).state == RunState::interrupted);
    const RunOutcome outcome = run(Learners::evaluator, false);
    CHECK(outcome.state == RunState::failed);
    CHECK_THAT(outcome.sentence, ContainsSubstring("cost models learn in every training"));
    CHECK(run(Learners::all, false).state == RunState::finished);
}

TEST_CASE("an interrupted training is replayed with its evaluations", "[phase]")
{
    const TemporaryFolder folder;
    const auto steps = [](Search& search) {
        Rng rng = search.rng("x");
        const Region all(search.space().decisions());
        for (int round = 0; round < 3; ++round) {
            for (int i = 0; i < 5; ++i)
                search.evaluate(std::vector{random_architecture(all, rng)});
            search.train("again", all);
        }
        search.evaluate(std::vector{random_architecture(all, rng)});
    };
    Learner whole(steps);
    whole.bench.run(folder / "whole");
    CHECK(whole.steps == 16);
    int made = 0;
    for (const int stop_at : {1, 4, 6, 3, -1}) {
        Learner part(steps);
        part.stop_at = stop_at;
        part.bench.run(folder / "parts");
        made += part.steps;
    }
    CHECK(made == 16);
    CHECK(all_results(folder / "parts") == all_results(folder / "whole"));
    CHECK(phase_names(folder / "parts") ==
          std::set<std::string>{"evaluator/training", "evaluator/again", "evaluator/again (2)", "evaluator/again (3)"});
}

TEST_CASE("finished training and its results are taken over from a run that learnt the same", "[phase]")
{
    const TemporaryFolder folder;
    const auto steps = [](Search& search) {
        search.evaluate(std::vector{digits({1, 2, 3})});
        search.train("narrow", Region(search.space().decisions()).fix(0, 4));
        search.evaluate(std::vector{digits({1, 2, 3})});
    };
    Learner first(steps);
    first.bench.run(folder / "first");
    SECTION("the same steps: nothing is learnt or evaluated")
    {
        Learner second(steps);
        second.bench.experiment.reuse = {folder / "first"};
        second.bench.experiment.seed = 5;
        CHECK(second.bench.run(folder / "second").sentence.empty());
        CHECK(second.steps == 0);
        CHECK(second.evaluator->calls == 0);
        CHECK(second.diary == first.diary);
        CHECK(all_results(folder / "second") == all_results(folder / "first"));
        // It owns a copy.
        std::filesystem::remove_all(folder / "first");
        Learner third(steps);
        third.bench.experiment.reuse = {folder / "second"};
        CHECK(third.bench.run(folder / "third").sentence.empty());
        CHECK(third.steps == 0);
    }
    SECTION("another region: learnt anew from there on")
    {
        Learner second([](Search& search) {
            search.evaluate(std::vector{digits({1, 2, 3})});
            search.train("narrow", Region(search.space().decisions()).fix(0, 5));
            search.evaluate(std::vector{digits({1, 2, 3})});
        });
        second.bench.experiment.reuse = {folder / "first"};
        second.bench.run(folder / "second");
        CHECK(second.steps == 4);
        CHECK(second.evaluator->calls == 1);
    }
    SECTION("the strategy's own paths: nobody else knows what was learnt")
    {
        const auto own = [](Search& search) {
            const Region all(search.space().decisions());
            search.train("narrow", all, [](Rng&) { return digits({4, 4, 4}); });
            search.evaluate(std::vector{digits({1, 2, 3})});
        };
        Learner second(own), third(own);
        second.bench.run(folder / "second");
        third.bench.experiment.reuse = {folder / "second"};
        third.bench.run(folder / "third");
        CHECK(third.steps == 4);
        CHECK(third.evaluator->calls == 1);
    }
    SECTION("without a store, for single architectures")
    {
        Learner second(steps);
        second.bench.experiment.reuse = {folder / "first"};
        const auto found = evaluate_only(second.bench.experiment, second.bench.parts, std::vector{digits({1, 2, 3})},
                                         second.bench.told, second.bench.stop);
        CHECK(second.steps == 0);
        CHECK(found[0].metrics == rows(folder / "first")[0].evaluation.metrics);
    }
}

TEST_CASE("a candidate's own training goes on behind its last step, with any number of workers", "[phase]")
{
    const TemporaryFolder folder;
    int made = 0;
    std::mutex mutex;
    const auto bench = [&](int stop_at, int workers) {
        auto result = std::make_unique<Bench>([](Search& search) {
            search.evaluate(std::vector{digits({1, 2, 3}), digits({4, 5, 6}), digits({7, 8, 9})});
        });
        result->experiment.execution.workers = workers;
        result->experiment.objectives = {{"score", true, false}, {"score", false, false}};  // all of them win
        result->final("top1_pct", [&, stop_at, lent = result.get()](const Candidate& c, Context& context) {
            std::string text;
            Diary diary(text, 5);
            diary.before_step = [&](Phase::Step&) {
                const std::lock_guard guard(mutex);
                ++made;
                if (stop_at > 0 && made >= stop_at)
                    lent->stop = true;
            };
            context.phase("train", diary);
            return scored(c, "top1_pct", static_cast<double>(stable_hash(text) % 1000));
        });
        return result;
    };
    const RunOutcome whole = bench(0, 1)->run(folder / "whole");
    CHECK(made == 15);
    made = 0;
    CHECK(bench(3, 2)->run(folder / "parts").state == RunState::interrupted);
    CHECK(bench(8, 2)->run(folder / "parts").state == RunState::interrupted);
    const RunOutcome rest = bench(0, 2)->run(folder / "parts");
    CHECK(made == 15);
    REQUIRE(rest.winners.size() == 3);
    for (std::size_t i = 0; i < 3; ++i)
        CHECK(rest.winners[i].final_metrics == whole.winners[i].final_metrics);
    CHECK(rest.winners[0].final_metrics != rest.winners[1].final_metrics);

    // Another run with the same final takes the trained candidates over.
    made = 0;
    auto other = bench(0, 1);
    other->experiment.reuse = {folder / "parts"};
    other->run(folder / "other");
    CHECK(made == 0);
}
