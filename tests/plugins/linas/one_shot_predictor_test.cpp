// SPDX-License-Identifier: Apache-2.0
#include "one_shot_predictor.hpp"

#include <set>

#include "catch.hpp"
#include "toy.hpp"

using namespace espalier;
using linas::OneShotPredictor;

namespace {

WatchedSearch searched(std::size_t budget, int samples)
{
    const Stages space(4);
    const auto problem = toy_problem(space, budget);
    const SumCost cost;
    OneShotPredictor::Options options;
    options.population = 20;
    options.inner_evaluations = 1000;
    options.predictor = "ridge";
    options.samples = samples;
    WatchedSearch search(problem);
    OneShotPredictor(options, toy_setup(problem, cost)).search(search);
    return search;
}

}  // namespace

TEST_CASE("samples come first, then the predicted front and nothing else", "[linas]")
{
    const auto search = searched(1000, 60);
    CHECK(search.visits().size() > 65);
    CHECK(search.visits().size() < 300);
    CHECK(std::set<Architecture>(search.proposals.begin(), search.proposals.end()).size() == search.proposals.size());
    CHECK(search.notes.at("mape score").size() == 1);
    // what was validated last is better than what was drawn
    double drawn = 0, chosen = 0;
    for (std::size_t i = 0; i < search.visits().size(); ++i) {
        const Metrics& m = search.visits()[i].metrics;
        const double gain = m.at("score") - 70 - 0.1 * m.at("cost");
        (i < 60 ? drawn : chosen) += gain / (i < 60 ? 60. : static_cast<double>(search.visits().size() - 60));
    }
    CHECK(chosen > drawn);
}

TEST_CASE("the predicted front gets what is left of the budget", "[linas]")
{
    CHECK(searched(70, 60).visits().size() == 70);
}

TEST_CASE("samples that take the whole budget are refused: that would be random search", "[linas]")
{
    CHECK_THROWS_WITH(searched(60, 60), ContainsSubstring("`samples` is 60 and the budget 60 evaluations") &&
                                            ContainsSubstring("fewer `samples`"));
    CHECK_THROWS_WITH(searched(50, 60), ContainsSubstring("the budget 50 evaluations"));
    CHECK(searched(61, 60).visits().size() == 61);
}

TEST_CASE("costs that fail for everything are evaluated once by predictors made once", "[linas]")
{
    const Stages space(4);
    auto problem = toy_problem(space, 80);
    problem.cost = [](const Architecture&) { return Metrics{}; };
    problem.evaluate = [](const Architecture& a) { return failed(a, "the table lacks this block"); };
    const SumCost cost;
    OneShotPredictor::Options options;
    options.samples = 20;
    WatchedSearch search(problem);
    OneShotPredictor(options, toy_setup(problem, cost)).search(search);
    CHECK(search.visits().size() == 1);
}
