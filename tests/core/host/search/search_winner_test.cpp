// SPDX-License-Identifier: Apache-2.0
#include <fstream>
#include <sstream>
#include <thread>

#include "catch.hpp"
#include "search_bench.hpp"

using namespace espalier;
using namespace espalier::host;
using namespace espalier::test;

namespace {

std::function<void(Search&)> evaluating(std::vector<Architecture> all)
{
    return [all = std::move(all)](Search& search) { search.evaluate(all); };
}

std::vector<Architecture> won(const RunOutcome& outcome)
{
    std::vector<Architecture> all;
    for (const StoredWinner& winner : outcome.winners)
        all.push_back(winner.architecture.value());
    return all;
}

std::string content(const std::filesystem::path& file)
{
    std::ostringstream text;
    text << std::ifstream(file).rdbuf();
    return text.str();
}

}  // namespace

TEST_CASE("one objective: the best wins, equals by lower cost, then by order", "[winner]")
{
    const TemporaryFolder folder;
    Bench bench(evaluating({digits({1, 5, 9}), digits({1, 7, 3}), digits({1, 6, 3}), digits({1, 2, 1})}));
    bench.evaluator(
        [](const Candidate& c, Context&) { return scored(c, "score", c.canonical().choices[1] > 2 ? 8 : 1); });
    bench.cost("latency_ms",
               [](const Candidate& c, Context&) { return scored(c, "latency_ms", c.canonical().choices[2]); });
    const RunOutcome outcome = bench.run(folder / "run");
    CHECK(won(outcome) == std::vector{digits({1, 7, 3})});
    CHECK(outcome.winners[0].name == "best");
    CHECK(outcome.winners[0].text == "1,7,3");
    CHECK(outcome.winners[0].key == "key 1 7 3");
    CHECK(outcome.winners[0].metrics == Metrics{{"latency_ms", 3}, {"score", 8}});
    CHECK(RunStore::read_only(folder / "run").winners().size() == 1);
}

TEST_CASE("an objective to be minimised is", "[winner]")
{
    const TemporaryFolder folder;
    Bench bench(evaluating({digits({5, 5, 9}), digits({1, 7, 3}), digits({6, 6, 3})}));
    bench.experiment.objectives = {{"score", false, false}};
    CHECK(won(bench.run(folder / "run")) == std::vector{digits({1, 7, 3})});
}

TEST_CASE("several objectives: the front, sorted by the first, each key once", "[winner]")
{
    const TemporaryFolder folder;
    // score is the first two digits in order, latency the last; dominated: 3 3 5 by 4 4 4
    Bench bench(
        evaluating({digits({1, 2, 1}), digits({4, 4, 4}), digits({3, 3, 5}), digits({6, 7, 9}), digits({2, 1, 1})}));
    bench.evaluator([](const Candidate& c, Context&) {
        return scored(c, "score", 10 * c.canonical().choices[0] + c.canonical().choices[1]);
    });
    bench.cost("latency_ms",
               [](const Candidate& c, Context&) { return scored(c, "latency_ms", c.canonical().choices[2]); });
    bench.experiment.objectives = {{"score", true, false}, {"latency_ms", false, true}};
    const RunOutcome outcome = bench.run(folder / "run");
    CHECK(won(outcome) == std::vector{digits({6, 7, 9}), digits({4, 4, 4}), digits({1, 2, 1})});
    CHECK(outcome.winners[0].name == "front-1");
}

TEST_CASE("several objectives: rows of one key that were judged apart all win, equal ones once", "[winner]")
{
    const TemporaryFolder folder;
    // 1,2 and 2,1 are one key; the evaluator and the cost tell them apart, but for 3,4 and 4,3
    Bench bench(evaluating({digits({1, 2, 0}), digits({2, 1, 0}), digits({3, 4, 0}), digits({4, 3, 0})}));
    bench
        .evaluator([](const Candidate& c, Context&) {
            return scored(c, "score", c.architecture().choices[0] == 2 ? 1 : c.canonical().choices[0] + 1);
        })
        .by_architecture = true;
    bench
        .cost("latency_ms",
              [](const Candidate& c, Context&) {
                  return scored(c, "latency_ms", c.architecture().choices[0] == 2 ? 5 : 10 * c.canonical().choices[0]);
              })
        .by_architecture = true;
    bench.experiment.objectives = {{"score", true, false}, {"latency_ms", false, true}};
    CHECK(won(bench.run(folder / "run")) == std::vector{digits({3, 4, 0}), digits({1, 2, 0}), digits({2, 1, 0})});
}

TEST_CASE("no objective: the best reward", "[winner]")
{
    const TemporaryFolder folder;
    Bench bench(evaluating({digits({1, 2, 1}), digits({4, 4, 4}), digits({3, 3, 5})}));
    bench.experiment.objectives.clear();
    bench.parts.reward.component = std::make_unique<TestReward>();
    CHECK(won(bench.run(folder / "run")) == std::vector{digits({4, 4, 4})});
}

TEST_CASE("a value that was filled in never wins", "[winner]")
{
    for (const std::string metric : {"score", "latency_ms"}) {
        const TemporaryFolder folder;
        Bench bench(evaluating({digits({1, 2, 1}), digits({9, 9, 9})}));
        auto& cost = bench.cost("latency_ms", [&](const Candidate& c, Context&) {
            Evaluation e = scored(c, "latency_ms", 1);
            e.metrics[metric + "_filled"] = spelt(c) == 999 ? 1 : 0;
            return e;
        });
        cost.others = {metric + "_filled"};
        bench.experiment.constraints = {{"latency_ms", 0, 10}};
        CHECK(won(bench.run(folder / "run")) == std::vector{digits({1, 2, 1})});
    }
}

TEST_CASE("nothing feasible: the nearest is named with its value", "[winner]")
{
    for (const bool winners_only : {true, false}) {
        const TemporaryFolder folder;
        Bench bench(evaluating({digits({7, 7, 7}), digits({1, 2, 5}), digits({3, 3, 3})}));
        bench.cost("latency_ms", [](const Candidate& c, Context&) { return scored(c, "latency_ms", spelt(c)); });
        bench.experiment.constraints = {{"latency_ms", 0, 100, winners_only}};
        const RunOutcome outcome = bench.run(folder / "run");
        CHECK(outcome.state == RunState::nothing_feasible);
        CHECK_THAT(outcome.sentence, ContainsSubstring("nothing feasible was found among the 3 architectures that were "
                                                       "proposed: ") &&
                                         ContainsSubstring("Nearest of them is 1,2,5 with latency_ms 125") &&
                                         ContainsSubstring("seen was 125 to 777") && ContainsSubstring("at most 100"));
        CHECK_THAT(outcome.sentence,
                   ContainsSubstring(
                       "The smallest latency_ms that can be reached is 0, by 0,0,0, of all 1000 architectures."));
        CHECK(RunStore::read_only(folder / "run").state() == RunState::nothing_feasible);
        CHECK(bench.run(folder / "run").sentence == outcome.sentence);
    }
}

TEST_CASE("the largest value is told where a minimum is missed, and nothing about costs that are measured", "[winner]")
{
    for (const bool measuring : {true, false}) {
        const TemporaryFolder folder;
        Bench bench(evaluating({digits({1, 2, 5}), digits({3, 3, 3})}));
        TestCost& cost =
            bench.cost("params_m", [](const Candidate& c, Context&) { return scored(c, "params_m", spelt(c)); });
        cost.measuring = measuring;
        bench.experiment.constraints = {{"params_m", 1000, 2000}};
        const RunOutcome outcome = bench.run(folder / "run");
        CHECK(outcome.state == RunState::nothing_feasible);
        const auto told = ContainsSubstring("The largest params_m that can be reached");
        if (measuring)
            CHECK_THAT(outcome.sentence, !told);
        else
            CHECK_THAT(outcome.sentence, told && ContainsSubstring("is 999, by 9,9,9, of all 1000 architectures."));
    }
}

namespace {

/// What a run with these two costs and constraints ends with.
std::string told(const std::vector<Architecture>& proposed, std::size_t decisions,
                 const std::function<double(const Architecture&)>& latency, double most_latency,
                 const std::function<double(const Architecture&)>& params = nullptr, double least_params = 0)
{
    const TemporaryFolder folder;
    Bench bench(evaluating(proposed), decisions);
    bench.cost("latency_ms",
               [&](const Candidate& c, Context&) { return scored(c, "latency_ms", latency(c.canonical())); });
    bench.experiment.constraints = {{"latency_ms", -1, most_latency}};
    if (params) {
        bench.cost("params_m",
                   [&](const Candidate& c, Context&) { return scored(c, "params_m", params(c.canonical())); });
        bench.experiment.constraints.push_back({"params_m", least_params});
    }
    const RunOutcome outcome = bench.run(folder / "run");
    CHECK(outcome.state == RunState::nothing_feasible);
    return outcome.sentence;
}

double sum(const Architecture& a)
{
    double all = 0;
    for (const std::uint16_t digit : a.choices)
        all += digit;
    return all;
}

}  // namespace

TEST_CASE("constraints that exclude each other are told as such, with what each leaves of the other", "[winner]")
{
    const auto twice = [](const Architecture& a) { return 2 * sum(a); };
    const std::string small = told({digits({0, 0, 1}), digits({9, 9, 9})}, 3, sum, 5, twice, 20);
    CHECK_THAT(small,
               ContainsSubstring("Each of latency_ms at most 5 and at least -1, params_m at least 20 can be kept "
                                 "alone, but no architecture keeps all of them. Among those that keep the "
                                 "others the smallest latency_ms is 10, the largest params_m is 10; nearest to "
                                 "all is 5,0,0, with latency_ms 5, params_m 10."));
    CHECK_THAT(small, !ContainsSubstring("can be reached"));
    const std::string large = told({digits({0, 0, 0, 0, 1}), digits({9, 9, 9, 9, 9})}, 5, sum, 5, twice, 20);
    CHECK_THAT(large,
               ContainsSubstring("but no descent has kept all of them. Among those found that keep the others the "
                                 "smallest latency_ms is 10, the largest params_m is 10;"));
    CHECK_THAT(told({digits({0, 0, 1}), digits({9, 9, 9})}, 3, sum, 5, twice, 10),
               ContainsSubstring("are kept by 5,0,0, with latency_ms 5, params_m 10: look there."));
    // one that cannot be kept at all says enough
    const std::string never = told({digits({0, 0, 1}), digits({9, 9, 9})}, 3, sum, 5, twice, 60);
    CHECK_THAT(never, ContainsSubstring(
                          "The largest params_m that can be reached is 54, by 9,9,9, of all 1000 architectures."));
    CHECK_THAT(never, !ContainsSubstring("alone"));
}

TEST_CASE("a descent goes on along the bound of another constraint", "[winner]")
{
    // the digits in the middle are worth most, and can only be raised for others
    const auto weighed = [](const Architecture& a) {
        const std::vector<double> weights{0, 1, 2, 3, 9, 8, 3, 2, 1, 0};
        double all = 0;
        for (std::size_t d = 0; d < weights.size(); ++d)
            all += weights[d] * a.choices[d];
        return all;
    };
    CHECK_THAT(told({digits({0, 0, 0, 0, 0, 0, 0, 0, 2, 2})}, 10, sum, 20, weighed, 180),
               ContainsSubstring("the largest params_m is 159; nearest"));  // 9 x 9 + 9 x 8 + 2 x 3
}

TEST_CASE("the smallest cost is found behind hills, and a descent does not claim to be sure", "[winner]")
{
    // no single change leads from the plain to 9 9
    const auto hidden = [](const Architecture& a) { return a.choices[1] == 9 && a.choices[2] == 9 ? 1 : 50 + sum(a); };
    CHECK_THAT(told({digits({0, 0, 1})}, 3, hidden, 0.5),
               ContainsSubstring("that can be reached is 1, by 9,0,9, of all 1000"));
    // every a a is a valley, 9 9 the deepest
    const auto valleys = [](const Architecture& a) {
        return 20 * std::abs(a.choices[3] - a.choices[4]) + 18 - a.choices[3] - a.choices[4] + 1.0;
    };
    const std::string sentence = told({digits({0, 0, 0, 0, 0})}, 5, valleys, 0.5);
    CHECK_THAT(sentence, ContainsSubstring("The smallest latency_ms that several descents have reached is ") &&
                             ContainsSubstring("; a smaller one may exist."));
    CHECK_THAT(sentence, !ContainsSubstring("reached is 19,"));  // the valley that the search was in
}

TEST_CASE("prices are forgotten rather than kept by the million", "[search]")
{
    const TemporaryFolder folder;
    int calls = 0;
    Bench bench(
        [&](Search& search) {
            const auto price = [&](int number) {
                Architecture a = digits({0, 0, 0, 0, 0, 0});
                for (std::size_t d = a.choices.size(); d-- > 2; number /= 10)
                    a.choices[d] = static_cast<std::uint16_t>(number % 10);
                a.choices[1] = static_cast<std::uint16_t>(number % 10);
                return search.cost(std::span(&a, 1)).front().metrics.at("latency_ms");
            };
            const auto computed = [&](int number) {
                const int before = calls;
                price(number);
                return calls > before;
            };
            CHECK(computed(1));
            CHECK_FALSE(computed(1));
            for (int i = 0; i < 66'000; ++i)
                price(i);
            CHECK_FALSE(computed(1));  // one of the older ones
            for (int i = 0; i < 70'000; ++i)
                price(i);
            CHECK_FALSE(computed(69'999));
            search.evaluate(std::vector{digits({0, 0, 0, 0, 0, 1})});
        },
        6);
    bench.cost("latency_ms", [&](const Candidate& c, Context&) {
        ++calls;
        return scored(c, "latency_ms", spelt(c));
    });
    bench.experiment.budget.evaluations = 1;
    bench.run(folder / "run");
    CHECK(calls > 70'000);   // some were asked again
    CHECK(calls < 140'000);  // most were not
}

TEST_CASE("a final that cannot go on ends the others", "[winner]")
{
    const TemporaryFolder folder;
    Bench bench([](Search& search) {
        for (std::uint16_t i = 1; i < 4; ++i)
            search.winner({fmt::format("w{}", i), digits({i, i, i}), {}, nullptr});
    });
    bench.experiment.execution.workers = 3;
    std::atomic<bool> waited = false;
    bench.final("top1_pct", [&](const Candidate& c, Context& context) {
        if (spelt(c) == 111)
            throw Error("the device is gone");
        for (int i = 0; i < 5000 && !context.stopped(); ++i)
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        waited = waited || !context.stopped();
        return scored(c, "top1_pct", 1);
    });
    CHECK_THAT(bench.run(folder / "run").sentence, ContainsSubstring("the device is gone"));
    CHECK(!waited);
}

TEST_CASE("when every evaluation fails the first reason is told", "[winner]")
{
    const TemporaryFolder folder;
    Bench bench(evaluating({digits({7, 7, 7}), digits({1, 2, 5})}));
    bench.evaluator([](const Candidate&, Context&) { return failed({}, "no table"); });
    const RunOutcome outcome = bench.run(folder / "run");
    CHECK(outcome.state == RunState::nothing_feasible);
    CHECK_THAT(outcome.sentence, ContainsSubstring("no table"));
}

TEST_CASE("final components are asked about the winners, and their failures noted", "[winner]")
{
    const TemporaryFolder folder;
    Bench bench(evaluating({digits({1, 2, 1}), digits({4, 4, 4})}));
    auto& table = bench.final("top1_pct", [](const Candidate& c, Context&) { return scored(c, "top1_pct", 93.5); });
    bench.final("energy_mj", [](const Candidate&, Context&) { return failed({}, "no value in line 3"); });
    bench.parts.finals[1].name = "empty";
    bench.experiment.on_failure = OnFailure::abort;  // of the search; a winner stays one
    const RunOutcome outcome = bench.run(folder / "run");
    CHECK(outcome.state == RunState::finished);
    REQUIRE(outcome.winners.size() == 1);
    CHECK(outcome.winners[0].final_metrics == Metrics{{"top1_pct", 93.5}});
    CHECK(outcome.winners[0].note == "empty: no value in line 3");
    CHECK(table.calls == 1);
    CHECK_THAT(content(folder / "run" / "winners.json"),
               ContainsSubstring("\"top1_pct\": 93.5") && ContainsSubstring("\"4,4,4\""));
}

TEST_CASE("announced winners are the winners, with their files", "[winner]")
{
    const TemporaryFolder folder;
    Bench bench([](Search& search) {
        search.evaluate(std::vector{digits({9, 9, 9}), digits({1, 1, 1})});
        search.winner({"small/one", digits({1, 1, 1}), {{"mine", 4}}, [](const std::string& to) {
                           std::ofstream(to + "/weights") << "42";
                       }});
        search.winner({"controller", std::nullopt, {{"mine", 5}}, nullptr});
        CHECK_THROWS_WITH(search.winner({"controller", std::nullopt, {}, nullptr}), ContainsSubstring("must"));
    });
    auto& final = bench.final("top1_pct", [](const Candidate& c, Context&) { return scored(c, "top1_pct", 90); });
    const RunOutcome outcome = bench.run(folder / "run");
    REQUIRE(outcome.winners.size() == 2);
    CHECK(outcome.winners[0].metrics == Metrics{{"mine", 4}, {"score", 111}});
    CHECK(outcome.winners[0].final_metrics.at("top1_pct") == 90);
    CHECK(!outcome.winners[1].architecture);
    CHECK(final.calls == 1);
    int files = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder / "run" / "winners"))
        if (entry.is_regular_file()) {
            ++files;
            CHECK(content(entry.path()) == "42");
            CHECK(entry.path().parent_path().parent_path() == folder / "run" / "winners");
        }
    CHECK(files == 1);
}

TEST_CASE("final saves a model of each winner that has none, once", "[winner]")
{
    const TemporaryFolder folder;
    int saves = 0, steps = 0;
    bool disk_full = false;
    const auto run = [&](const std::filesystem::path& directory) {
        Bench bench([&](Search& search) {
            search.evaluate(std::vector{digits({1, 1, 1}), digits({2, 2, 2})});
            search.winner({"strategy's", digits({1, 1, 1}), {}, [](const std::string& to) {
                               std::ofstream(to + "/weights") << "own";
                           }});
            search.winner({"trained", digits({2, 2, 2}), {}, nullptr});
            search.winner({"other", digits({3, 3, 3}), {}, nullptr});
        });
        const auto train = [&](Context& context) {
            std::string text;
            Diary diary(text, 3);
            context.phase("train", diary);
            steps += diary.made;
            return text;
        };
        bench.final("table_pct", [](const Candidate& c, Context&) { return scored(c, "table_pct", 1); });
        bench
            .final("top1_pct",
                   [&](const Candidate& c, Context& context) {
                       train(context);
                       return spelt(c) == 333 ? failed({}, "no") : scored(c, "top1_pct", 90);
                   })
            .saving = [&](const Candidate& c, const std::string& to, Context& context) {
            ++saves;
            std::ofstream(to + "/weights") << spelt(c) << train(context);
            if (disk_full)
                throw std::runtime_error("the disk is full");
            return true;
        };
        return bench.run(directory);
    };
    const RunOutcome outcome = run(folder / "run");
    CHECK(steps == 9);  // saving finds what was trained
    CHECK(saves == 1);
    REQUIRE(outcome.winners.size() == 3);
    CHECK(content(folder / "run" / outcome.winners[0].model / "weights") == "own");
    CHECK(outcome.winners[1].model == "winners/trained");
    CHECK_THAT(content(folder / "run" / "winners/trained/weights"), ContainsSubstring("2220:"));
    CHECK(outcome.winners[2].model.empty());  // what failed is no model
    CHECK_THAT(content(folder / "run" / "winners.json"), ContainsSubstring("\"model\": \"winners/trained\""));
    CHECK(RunStore::read_only(folder / "run").winners().at(1).model == "winners/trained");

    disk_full = true;  // a winner without weights is one, too
    const RunOutcome full = run(folder / "full");
    CHECK(full.state == RunState::finished);
    CHECK_THAT(full.winners.at(1).note, ContainsSubstring("no model saved: the disk is full"));
    CHECK(full.winners[1].model.empty());
    CHECK(full.winners[1].final_metrics.at("top1_pct") == 90);
    std::size_t saved = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder / "full" / "winners"))
        saved += entry.is_directory() ? 1 : 0;
    CHECK(saved == 1);  // the strategy's own, nothing half
}

TEST_CASE("Ctrl-C while a winner is saved interrupts the run", "[winner]")
{
    const TemporaryFolder folder;
    for (const bool again : {false, true}) {
        Bench bench(evaluating({digits({1, 2, 1})}));
        bench.final("top1_pct", [](const Candidate& c, Context&) { return scored(c, "top1_pct", 90); }).saving =
            [&](const Candidate&, const std::string& to, Context& context) {
                bench.stop = !again;
                if (context.stopped())
                    throw Error("cut short");
                std::ofstream(to + "/weights") << 1;
                return true;
            };
        const RunOutcome outcome = bench.run(folder / "run");
        CHECK(outcome.state == (again ? RunState::finished : RunState::interrupted));
        CHECK(outcome.winners.size() == (again ? 1 : 0));
    }
    CHECK(RunStore::read_only(folder / "run").winners().at(0).model == "winners/best");
}

TEST_CASE("with nothing to judge by no winner is chosen", "[winner]")
{
    const TemporaryFolder folder;
    Bench bench(evaluating({digits({1, 2, 3}), digits({4, 5, 6})}));
    bench.experiment.objectives.clear();
    const RunOutcome outcome = bench.run(folder / "run");
    CHECK(outcome.state == RunState::finished);
    CHECK(outcome.winners.empty());
    CHECK_THAT(outcome.sentence, ContainsSubstring("no winner was chosen"));
    CHECK(outcome_sentence(RunStore::read_only(folder / "run")) == outcome.sentence);

    Bench announcing([](Search& search) {
        search.evaluate(std::vector{digits({1, 2, 3})});
        search.winner({"mine", digits({1, 2, 3}), {}, nullptr});
    });
    announcing.experiment.objectives.clear();
    CHECK(won(announcing.run(folder / "announcing")) == std::vector{digits({1, 2, 3})});
}
