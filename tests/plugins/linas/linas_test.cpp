// SPDX-License-Identifier: Apache-2.0
#include "linas.hpp"

#include <algorithm>
#include <set>

#include "espalier/moo/hypervolume.hpp"

#include "catch.hpp"
#include "searched.hpp"
#include "toys/toy_space.hpp"

using namespace espalier;
using linas::Linas;

namespace {

std::string refusal(const Linas::Options& options, const Setup& setup)
{
    try {
        const Linas strategy(options, setup);
    } catch (const OptionError& error) {
        return error.option() + ": " + error.what();
    } catch (const Error& error) {
        return error.what();
    }
    return "accepted";
}

/// Two decisions, and a score that a one-hot predictor can express exactly.
struct Grid : ToySpace {
    Grid() : ToySpace(digit_decisions(2)) {}
};

}  // namespace

TEST_CASE("T-L1 the same seed validates the same architectures in the same order", "[linas]")
{
    const Stages space(4);
    const auto once = searched(small(), toy_problem(space, 90));
    CHECK(once.visits() == searched(small(), toy_problem(space, 90)).visits());
    CHECK(once.visits() != searched(small(), toy_problem(space, 90, 2)).visits());
}

TEST_CASE("T-L2 with predictions that are right, round 2 holds the whole front", "[linas]")
{
    // f1 = 10 + a + 10 b (sum of table entries, so ridge learns it but for the shrinking), f2 the opposite of its order
    const Grid space;
    conformance::MemoryProblem p;
    p.space = &space;
    p.budget = 60;
    p.objectives = {{"cost", false, true}, {"other", false, true}};
    p.cost = [](const Architecture& a) {
        // both known exactly: an oracle. The front: a = 0, every b
        return Metrics{{"cost", 1. * a.choices[0] + a.choices[1]}, {"other", 2. * a.choices[0] + 9. - a.choices[1]}};
    };
    p.evaluate = [&p](const Architecture& a) { return Evaluation{a, p.cost(a), Status::ok, ""}; };
    struct Both final : CostModel {
        std::vector<std::string> metrics() const override { return {"cost", "other"}; }
        std::vector<Evaluation> evaluate(std::span<const Candidate>, Context&) override { return {}; }
    } both;
    Setup setup;
    setup.space = &space;
    setup.objectives = p.objectives;
    setup.costs = {&both};
    Linas::Options options = small();
    options.population = 30;
    WatchedSearch search(p);
    Linas(options, setup).search(search);
    REQUIRE(search.visits().size() == 60);
    std::set<std::uint16_t> found;
    for (const Evaluation& e : search.visits())
        if (e.architecture.choices[0] == 0)
            found.insert(e.architecture.choices[1]);
    CHECK(found.size() == 10);
}

TEST_CASE("T-L3 no network is validated twice, except with the preset of the paper", "[linas]")
{
    const Stages space(2);  // 7,056 networks
    const auto distinct = [](const std::vector<std::string>& keys) {
        return std::set<std::string>(keys.begin(), keys.end()).size();
    };
    const auto ours = searched(small(), toy_problem(space, 400));
    CHECK(ours.visits().size() == 400);
    CHECK(distinct(ours.keys()) == 400);
    CHECK(ours.proposals.size() == 400);
    Linas::Options options = small();
    options.preset = "paper";
    const auto paper = searched(options, toy_problem(space, 400));
    CHECK(paper.proposals.size() == 400);
    CHECK(distinct(paper.keys()) < 390);
}

TEST_CASE("T-L4 the budget is met exactly", "[linas]")
{
    const Stages space(3);
    Linas::Options options = small();
    options.population = 7;
    options.inner_evaluations = 70;
    for (std::size_t budget = 1; budget <= 21; ++budget) {
        const auto search = searched(options, toy_problem(space, budget));
        CHECK(search.visits().size() == budget);
        CHECK(search.proposals.size() == budget);
    }
}

TEST_CASE("T-L4 the paper's rounds are round(B / P), halves to even", "[linas]")
{
    const Stages space(4);
    Linas::Options options = small();
    options.preset = "paper";
    options.inner_evaluations = 100;
    // 20 in a round
    for (const auto& [budget, proposals] :
         {std::pair{20, 20}, {29, 20}, {30, 30}, {31, 31}, {50, 40}, {51, 51}, {5, 5}})
        CHECK(searched(options, toy_problem(space, static_cast<std::size_t>(budget))).proposals.size() ==
              static_cast<std::size_t>(proposals));
}

TEST_CASE("T-L6 the order of two objectives does not change what is validated", "[linas]")
{
    const Stages space(4);
    conformance::MemoryProblem problem = toy_problem(space, 100);
    const auto keys = [](const WatchedSearch& search) {
        const std::vector<std::string> all = search.keys();
        return std::set<std::string>(all.begin(), all.end());
    };
    // irrational widths: no two networks cost or score the same
    problem.cost = [&space](const Architecture& a) {
        double sum = space.cost(a);
        const std::vector<bool> active = space.active(a);
        for (std::size_t i = 0; i < a.choices.size(); ++i)
            sum += active[i] ? 1e-3 * a.choices[i] * std::sqrt(2. + static_cast<double>(i)) : 0;
        return Metrics{{"cost", sum}};
    };
    const auto first = keys(searched(small(), problem));
    std::swap(problem.objectives[0], problem.objectives[1]);
    CHECK(keys(searched(small(), problem)) == first);
}

TEST_CASE("linas finds more than the same number of random architectures", "[linas]")
{
    const Stages space(5);
    const auto volume = [](const std::vector<Evaluation>& evaluations) {
        moo::Points points(2);
        for (const Evaluation& e : evaluations)
            points.append(std::vector{-e.metrics.at("score"), e.metrics.at("cost")});
        return moo::hypervolume(points, std::vector{-70., 90.});
    };
    double random = 0;
    for (const char* predictor : {"ridge", "svr_rbf", "svr_linear", "stacked", "auto"}) {
        INFO(predictor);
        const auto search = searched(small(predictor), toy_problem(space, 100));
        if (random == 0) {
            Rng rng(1);
            std::vector<Evaluation> drawn;
            const conformance::MemoryProblem p = toy_problem(space, 1);
            for (int i = 0; i < 1000; ++i)
                drawn.push_back(p.evaluate(random_architecture(Region(space.decisions()), rng)));
            random = volume(drawn);
        }
        CHECK(volume(search.visits()) > random);  // of ten times as many
    }
}

TEST_CASE("costs are asked for, not predicted, unless a cost model measures", "[linas]")
{
    const Stages space(4);
    const auto exact = searched(small(), toy_problem(space, 60));
    CHECK(exact.priced > 2000);
    CHECK_FALSE(exact.notes.contains("mape cost"));

    const auto measured = searched(small(), toy_problem(space, 60), {}, true);
    CHECK(measured.priced == 0);
    CHECK(measured.notes.contains("mape cost"));

    Linas::Options options = small();
    options.costs = "predicted";
    const auto predicted = searched(options, toy_problem(space, 60));
    CHECK(predicted.priced == 0);
    CHECK(predicted.notes.contains("tau cost"));
}

TEST_CASE("each round notes how good the last predictions were", "[linas]")
{
    const Stages space(4);
    const auto search = searched(small(), toy_problem(space, 100));
    REQUIRE(search.notes.at("mape score").size() == 4);  // the first round has no predictions
    REQUIRE(search.notes.at("tau score").size() == 4);
    CHECK(search.notes.at("mape score").back() < 0.5);
    CHECK(search.notes.at("tau score").back() > 0.8);
}

TEST_CASE("of one network the architecture that a table has the lowest costs for is found", "[linas]")
{
    const Stages space(3);
    conformance::MemoryProblem problem = toy_problem(space, 200);
    // what is switched off costs nothing, but the table was measured with it
    problem.cost = [&space](const Architecture& a) {
        double sum = space.cost(a);
        const std::vector<bool> active = space.active(a);
        for (std::size_t i = 0; i < a.choices.size(); ++i)
            sum += active[i] ? 0 : 0.01 * (3 - a.choices[i]);
        return Metrics{{"cost", sum}};
    };
    const auto search = searched(small(), problem);
    std::size_t best = 0, open = 0;
    for (const Evaluation& e : std::span(search.visits()).subspan(100)) {
        const std::vector<bool> active = space.active(e.architecture);
        for (std::size_t i = 0; i < active.size(); ++i) {
            open += !active[i];
            best += !active[i] && e.architecture.choices[i] == 3;
        }
    }
    CHECK(best > open * 36 / 100);  // a quarter if it made no difference; the optimisers do not mutate what is off
}

TEST_CASE("what another run knew is where the search starts", "[linas]")
{
    const Stages space(4);
    conformance::MemoryProblem problem = toy_problem(space, 20);
    problem.known = searched(small(), toy_problem(space, 60, 2)).visits();
    const auto search = searched(small(), problem);
    CHECK(search.notes.at("tau score").size() == 1);  // predictions from the first round on
    const auto keys = search.keys();
    for (const Evaluation& e : problem.known)
        CHECK(std::ranges::find(keys, space.key(e.architecture)) == keys.end());
}

TEST_CASE("the search may end when nothing is gained any more", "[linas]")
{
    const Stages space(1);  // 84 networks
    Linas::Options options = small();
    options.population = 8;
    options.stop_rounds = 2;
    options.stop_gain = 0.02;
    const auto search = searched(options, toy_problem(space, 84));
    CHECK(search.visits().size() < 60);
    options.stop_rounds = 0;
    CHECK(searched(options, toy_problem(space, 84)).visits().size() == 84);
}

TEST_CASE("rounds that keep copies end when nothing new comes", "[linas]")
{
    const Stages space(1);  // 84 networks
    Linas::Options options = small();
    options.population = 10;
    options.duplicates = "keep";
    for (const char* seeds : {"round", "same"}) {
        options.inner_seed = seeds;
        const auto search = searched(options, toy_problem(space, 192));  // as many ways to write them
        const auto keys = search.keys();
        INFO(seeds << ": " << std::set<std::string>(keys.begin(), keys.end()).size() << " networks, "
                   << search.proposals.size() << " proposals");
        CHECK(std::set<std::string>(keys.begin(), keys.end()).size() < 84);
        CHECK(search.notes.at("rounds without a new network") == std::vector{10.});
        CHECK(search.proposals.size() < 1000);  // not the 1,000 in a row that end every search
    }
}

TEST_CASE("a budget that one random round takes whole leaves a note of no predictions", "[linas]")
{
    const Stages space(4);
    const auto predictions = [&](const std::string& rounds, std::size_t budget) {
        Linas::Options options = small();
        options.rounds = rounds;
        const auto search = searched(options, toy_problem(space, budget));
        return search.notes.at("predictions");
    };
    CHECK(predictions("exact", 20) == std::vector{0.});
    CHECK(predictions("exact", 21).front() > 0);
    CHECK(predictions("rounded", 29) == std::vector{0.});
    CHECK(predictions("rounded", 31).front() > 0);
}

TEST_CASE("a warm start changes the inner search", "[linas]")
{
    const Stages space(4);
    Linas::Options options = small();
    const auto cold = searched(options, toy_problem(space, 60));
    options.warm_start = true;
    const auto warm = searched(options, toy_problem(space, 60));
    CHECK(warm.visits().size() == 60);
    CHECK(warm.visits() != cold.visits());
}

TEST_CASE("a preset sets defaults, and every switch can be turned alone", "[linas]")
{
    const Stages space(4);
    Linas::Options as_paper = small();
    as_paper.features = "plain";
    as_paper.costs = "predicted";
    as_paper.operators = "integer_05";
    as_paper.mutation = "0.02";
    as_paper.duplicates = "keep";
    as_paper.inner_seed = "same";
    as_paper.rounds = "rounded";
    Linas::Options paper = small();
    paper.preset = "paper";
    const auto reference = searched(paper, toy_problem(space, 80)).visits();
    CHECK(searched(as_paper, toy_problem(space, 80)).visits() == reference);
    const std::vector<std::function<void(Linas::Options&)>> switches{
        [](auto& o) { o.features = "masked"; },    [](auto& o) { o.costs = "exact"; },
        [](auto& o) { o.operators = "discrete"; }, [](auto& o) { o.mutation = "0.3"; },
        [](auto& o) { o.duplicates = "drop"; },    [](auto& o) { o.inner_seed = "round"; }};
    for (std::size_t i = 0; i < switches.size(); ++i) {
        INFO(i);
        Linas::Options other = paper;
        switches[i](other);
        CHECK(searched(other, toy_problem(space, 80)).visits() != reference);
    }
}

TEST_CASE("linas refuses what it cannot work with", "[linas]")
{
    const Stages space(2);
    const SumCost cost;
    const auto problem = toy_problem(space, 10);
    Setup setup = toy_setup(problem, cost);
    Linas::Options options;
    CHECK(refusal(options, setup) == "accepted");
    options.mutation = "rarely";
    CHECK_THAT(refusal(options, setup), ContainsSubstring("mutation: 'rarely' is neither `preset`, `auto` nor"));
    options = {};
    options.optimiser = "ga";
    CHECK_THAT(refusal(options, setup), ContainsSubstring("optimiser: ga searches for one objective, not 2"));
    options = {};
    options.predictors = {"score"};
    CHECK_THAT(refusal(options, setup),
               ContainsSubstring("predictors.0: 'score' is not a metric, `=` and a predictor"));
    options.predictors = {"score=ridge", "cost=ridge"};
    CHECK_THAT(refusal(options, setup),
               ContainsSubstring("predictors.1: 'cost' is not predicted: it is a cost, which is known exactly"));
    options.predictors = {"size=ridge"};
    CHECK_THAT(refusal(options, setup), ContainsSubstring("in no objective and no constraint"));
    setup.objectives.clear();
    CHECK_THAT(refusal({}, setup), ContainsSubstring("predictors are made of `objectives`"));
}
