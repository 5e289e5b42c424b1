// SPDX-License-Identifier: Apache-2.0
#include "stages.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "espalier/error.hpp"
#include "espalier/sdk/conformance.hpp"

#include "catch.hpp"
#include "toys/temporary_folder.hpp"
#include "toys/toy_space.hpp"

using namespace espalier;
using conformance::MemoryProblem;
using conformance::MemorySearch;
using hurricane::OneShot;
using hurricane::Spos;
using hurricane::TwoStages;

namespace {

constexpr std::size_t kDigits = 6, kSplit = 2;

double worth(const Architecture& a)
{
    double sum = 0;
    for (std::size_t d = 0; d < a.choices.size(); ++d)
        sum += std::sqrt(a.choices[d]) * (1 + static_cast<double>(d % 3));
    return sum;
}

double milliseconds(const Architecture& a)
{
    double sum = 1;
    for (std::size_t d = 0; d < a.choices.size(); ++d)
        sum += a.choices[d] * (1 + static_cast<double>(d % 2));
    return sum;
}

/// A cost model as a Setup shows it; the search is told what it says.
class Latency final : public CostModel {
public:
    std::vector<std::string> metrics() const override { return {"latency_ms"}; }
    std::vector<Evaluation> evaluate(std::span<const Candidate>, Context&) override { return {}; }
};

/// Remembers which regions it was trained on.
class Learner final : public Evaluator {
public:
    std::vector<std::string> metrics() const override { return {"score"}; }
    bool trains() const override { return true; }
    std::unique_ptr<Phase> training(const Region& region, Sampler) override
    {
        regions.push_back(region);
        struct Nothing final : Phase {
            bool step(Step&) override { return false; }
            void save(const std::string&) const override {}
            void load(const std::string&) override {}
        };
        return std::make_unique<Nothing>();
    }
    std::vector<Evaluation> evaluate(std::span<const Candidate>, Context&) override { return {}; }

    std::vector<Region> regions;
};

struct Searched {
    explicit Searched(std::size_t budget = 200, double most = 18, std::size_t options = 4)
        : space{digit_decisions(kDigits, options)}
    {
        setup.space = &space;
        setup.costs = {&latency};
        setup.objectives = {{"score", true, false}};
        setup.constraints = {{.metric = "latency_ms", .maximum = most}};
        problem.space = &space;
        problem.budget = budget;
        problem.learner = &learner;
        problem.cost = [](const Architecture& a) { return Metrics{{"latency_ms", milliseconds(a)}}; };
        problem.evaluate = [this](const Architecture& a) {
            const auto stage = static_cast<double>(learner.regions.size());
            return Evaluation{
                a, {{"score", worth(a)}, {"latency_ms", milliseconds(a)}, {"stage", stage}}, Status::ok, ""};
        };
    }
    template <class Method>
    MemorySearch with(const typename Method::Options& options)
    {
        MemorySearch search(problem);
        Method(options, setup).search(search);
        return search;
    }

    ToySpace space;
    Latency latency;
    Learner learner;
    Setup setup;
    MemoryProblem problem;
};

std::vector<Architecture> evaluated_in(int stage, const MemorySearch& search)
{
    std::vector<Architecture> evaluated;
    for (const Evaluation& e : search.visits())
        if (e.metrics.at("stage") == stage)
            evaluated.push_back(e.architecture);
    return evaluated;
}

template <class Options>
Options small()
{
    Options options;
    options.population = 10, options.parents = 4, options.generations = 5;
    return options;
}

TwoStages::Options in_two(std::size_t split = kSplit)
{
    auto options = small<TwoStages::Options>();
    options.split = static_cast<int>(split);
    return options;
}

}  // namespace

TEST_CASE("the last decisions are searched first, around the initial winner, then the others around theirs", "[stages]")
{
    Searched s;
    TwoStages::Options options = in_two();
    options.each_winner = true;
    const MemorySearch search = s.with<TwoStages>(options);
    REQUIRE(search.winners().size() == 2);
    CHECK(search.winners()[0].name == "stage 1");
    CHECK(search.winners()[1].name == "best");
    const Architecture first = *search.winners()[0].architecture, second = *search.winners()[1].architecture;
    REQUIRE(s.learner.regions.size() == 2);
    for (std::size_t d = 0; d < kDigits; ++d) {
        INFO(d);
        const bool early = d < kSplit;
        CHECK(s.learner.regions[0].options(d).size() == (early ? 1 : 4));
        CHECK(s.learner.regions[1].options(d).size() == (early ? 4 : 1));
        if (early)
            CHECK(first.choices[d] == 0);
        else
            CHECK(second.choices[d] == first.choices[d]);
    }
    CHECK(first != Architecture{std::vector<std::uint16_t>(kDigits)});
    CHECK(worth(second) >= worth(first));
    CHECK(search.winners()[1].metrics.at("score") == worth(second));
    CHECK(search.phases().size() == 2);
}

TEST_CASE("nothing is evaluated that is infeasible, outside the stage or evaluated before in it", "[stages]")
{
    for (const std::size_t split : {std::size_t{0}, kSplit, kDigits}) {
        Searched s;
        const MemorySearch search = s.with<TwoStages>(in_two(split));
        REQUIRE(s.learner.regions.size() == (split == kSplit ? 2 : 1));
        for (std::size_t stage = 0; stage < s.learner.regions.size(); ++stage) {
            const std::vector<Architecture> evaluated = evaluated_in(static_cast<int>(stage) + 1, search);
            CHECK_FALSE(evaluated.empty());
            for (const Architecture& a : evaluated) {
                CHECK(milliseconds(a) <= 18);
                CHECK(s.learner.regions[stage].contains(a));
            }
            CHECK(std::set<Architecture>(evaluated.begin(), evaluated.end()).size() == evaluated.size());
        }
    }
}

TEST_CASE("without a second stage it is SPOS, bit for bit", "[stages]")
{
    Searched a, b;
    const MemorySearch spos = a.with<Spos>(small<Spos::Options>()), two = b.with<TwoStages>(in_two(0));
    CHECK(spos.visits() == two.visits());
    CHECK(spos.phases() == two.phases());
    CHECK(a.learner.regions == b.learner.regions);
    REQUIRE(spos.winners().size() == 1);
    REQUIRE(two.winners().size() == 1);
    CHECK(spos.winners()[0].architecture == two.winners()[0].architecture);
    CHECK(spos.winners()[0].name == two.winners()[0].name);
}

TEST_CASE("each stage evaluates its generations, or its share of what is left", "[stages]")
{
    const auto evaluated = [](std::size_t budget) {
        Searched s(budget, 1000, 10);
        const MemorySearch search = s.with<TwoStages>(in_two(3));
        return std::pair{evaluated_in(1, search).size(), evaluated_in(2, search).size()};
    };
    CHECK(evaluated(1000) == std::pair<std::size_t, std::size_t>{50, 50});
    CHECK(evaluated(61) == std::pair<std::size_t, std::size_t>{31, 30});
    Searched s(5000, 1000, 10);
    CHECK(s.with<Spos>({}).visits().size() == 1000);  // the paper's
}

TEST_CASE("children are made of the best of all so far", "[stages]")
{
    Searched s(1000, 1000, 10);
    Spos::Options options = small<Spos::Options>();
    options.mutants = 0, options.generations = 4;
    const auto visits = s.with<Spos>(options).visits();
    REQUIRE(visits.size() == 40);
    for (std::size_t generation = 1; generation < 4; ++generation) {
        std::vector<Architecture> best;
        for (std::size_t i = 0; i < generation * 10; ++i)
            best.push_back(visits[i].architecture);
        std::ranges::stable_sort(best, std::greater{}, worth);
        const double fourth = worth(best[3]);
        std::erase_if(best, [&](const Architecture& a) { return worth(a) < fourth; });  // which of equals breed is open
        for (std::size_t i = generation * 10; i < (generation + 1) * 10; ++i)
            for (std::size_t d = 0; d < kDigits; ++d)
                CHECK(std::ranges::any_of(
                    best, [&](const Architecture& a) { return a.choices[d] == visits[i].architecture.choices[d]; }));
    }
}

TEST_CASE("all may breed", "[stages]")
{
    Searched s(1000, 1000, 10);
    Spos::Options options = small<Spos::Options>();
    options.parents = options.population;
    CHECK(s.with<Spos>(options).visits().size() ==
          static_cast<std::size_t>(options.population) * static_cast<std::size_t>(options.generations));
}

TEST_CASE("constraints that nothing keeps are told with the least cost, before anything is trained", "[stages]")
{
    Searched s(200, 0.5);
    CHECK_THROWS_WITH(s.with<TwoStages>(in_two()), ContainsSubstring("stage 1: no architecture was found") &&
                                                       ContainsSubstring("latency_ms 1, at most 0.5"));
    CHECK(s.learner.regions.empty());
}

TEST_CASE("a winner keeps the constraints on what is evaluated, too", "[stages]")
{
    Searched s;
    const MemorySearch free = s.with<TwoStages>(in_two());
    s.setup.constraints.push_back({.metric = "score", .maximum = free.winners()[0].metrics.at("score") - 2});
    const MemorySearch search = s.with<TwoStages>(in_two());
    REQUIRE(search.winners().size() == 1);
    CHECK(s.setup.constraints[1].holds(search.winners()[0].metrics.at("score")));
}

TEST_CASE("what is at odds with the space or the objectives is refused", "[stages]")
{
    Searched s;
    CHECK_THROWS_WITH(TwoStages(in_two(kDigits + 1), s.setup),
                      ContainsSubstring("at most the decisions of the space, 6"));
    auto greedy = small<Spos::Options>();
    greedy.parents = 11;
    CHECK_THROWS_WITH(Spos(greedy, s.setup), ContainsSubstring("at most `population`, 10"));
    s.setup.objectives.push_back({"latency_ms", false, true});
    CHECK_THROWS_WITH(Spos({}, s.setup), ContainsSubstring("2 objectives"));
}

TEST_CASE("stages that fail or cannot be finished leave the winner that there is", "[stages]")
{
    Searched s;
    s.problem.evaluate = [&](const Architecture& a) {
        return s.learner.regions.size() == 2
                   ? failed(a, "no memory")
                   : Evaluation{a, {{"score", worth(a)}, {"latency_ms", milliseconds(a)}}, Status::ok, ""};
    };
    const MemorySearch search = s.with<TwoStages>(in_two());
    REQUIRE(search.winners().size() == 1);
    CHECK(search.winners()[0].architecture->choices[0] == 0);
    CHECK(search.winners()[0].architecture->choices[kDigits - 1] > 0);
}

TEST_CASE("the strategies keep what strategies promise, killed in training, too", "[stages]")
{
    const TemporaryFolder folder;
    for (const bool trains : {false, true}) {
        const conformance::StrategyTrial trial{.trains = trains, .scratch = folder.path()};
        CHECK(conformance::check_strategy(
                  [](const Setup& setup) { return std::make_unique<Spos>(small<Spos::Options>(), setup); }, trial) ==
              conformance::Violations{});
        CHECK(conformance::check_strategy(
                  [](const Setup& setup) { return std::make_unique<TwoStages>(in_two(1), setup); }, trial) ==
              conformance::Violations{});
    }
}
