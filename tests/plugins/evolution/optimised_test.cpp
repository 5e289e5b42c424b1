// SPDX-License-Identifier: Apache-2.0
#include "optimised.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "espalier/error.hpp"
#include "espalier/moo/hypervolume.hpp"
#include "espalier/moo/search_genomes.hpp"
#include "espalier/sdk/conformance.hpp"

#include "catch.hpp"
#include "random_search.hpp"
#include "toy_search.hpp"

using namespace espalier;
using conformance::MemoryProblem;
using conformance::MemorySearch;

namespace {

const std::vector<Objective> kTwo{{"score", true, false}, {"cost", false, true}};
const std::vector<std::string> kSeveral{"age_moea", "c_taea", "local_search", "moead", "motpe", "nsga2", "u_nsga3"};
const std::vector<std::string> kOne{"ga", "constrained_ga"};

double cost(const Architecture& a)
{
    double sum = 1;
    for (std::size_t i = 0; i < a.choices.size(); ++i)
        sum += a.choices[i] * (1 + static_cast<double>(i % 3));
    return sum;
}

/// More is better, but not in proportion to what it costs.
double score(const Architecture& a)
{
    double sum = 0;
    for (std::size_t i = 0; i < a.choices.size(); ++i)
        sum += std::sqrt(a.choices[i]) * (1 + static_cast<double>(i % 4));
    return sum;
}

MemoryProblem problem(const SearchSpace& space, std::size_t budget, std::vector<Objective> objectives = kTwo)
{
    MemoryProblem p;
    p.space = &space;
    p.budget = budget;
    p.objectives = std::move(objectives);
    p.cost = [](const Architecture& a) { return Metrics{{"cost", cost(a)}}; };
    p.evaluate = [](const Architecture& a) {
        return Evaluation{a, {{"score", score(a)}, {"cost", cost(a)}}, Status::ok, ""};
    };
    return p;
}

/// The priced metric comes from a cost model that can be asked at any time.
class SumCost final : public CostModel {
public:
    std::vector<std::string> metrics() const override { return {"cost"}; }
    std::vector<Evaluation> evaluate(std::span<const Candidate>, Context&) override { return {}; }
};

Setup setup_of(const MemoryProblem& p, const SumCost& model)
{
    Setup setup;
    setup.space = p.space;
    setup.objectives = p.objectives;
    setup.costs = {&model};
    return setup;
}

struct Offered final : Registry {
    std::map<std::string, ComponentInfo> strategies;
    void add(ComponentInfo info) override { strategies[info.name] = std::move(info); }
};

/// @param options as in an experiment, between braces
std::unique_ptr<Strategy> made(const std::string& method, const std::string& options, const Setup& setup)
{
    Offered offered;
    evolution::add_optimisers(offered);
    auto made = offered.strategies.at(method).make(parse_config("{" + options + "}"), setup);
    return std::unique_ptr<Strategy>(dynamic_cast<Strategy*>(made.release()));
}

MemorySearch searched(const std::string& method, const MemoryProblem& p, std::vector<Constraint> constraints = {},
                      const std::string& options = "")
{
    const SumCost model;
    Setup setup = setup_of(p, model);
    setup.constraints = std::move(constraints);
    MemorySearch search(p);
    made(method, options, setup)->search(search);
    return search;
}

/// Where the method has them.
std::string members(const std::string& method, int count)
{
    return method == "motpe" || method == "local_search" ? "" : "population: " + std::to_string(count);
}

double volume(const std::vector<Evaluation>& evaluations)
{
    moo::Points points(2);
    for (const Evaluation& e : evaluations)
        if (e.ok())
            points.append(std::vector{-e.metrics.at("score"), e.metrics.at("cost")});
    return moo::hypervolume(points, std::vector{0., 130.});
}

std::string refusal(const std::string& method, const Setup& setup, const std::string& options = "")
{
    try {
        made(method, options, setup);
    } catch (const Error& error) {
        return error.what();
    }
    return "accepted";
}

}  // namespace

TEST_CASE("every optimiser keeps what strategies promise", "[evolution]")
{
    for (const std::string& method : kSeveral) {
        INFO(method);
        const auto make = [&](const Setup& setup) { return made(method, members(method, 12), setup); };
        conformance::StrategyTrial trial;
        trial.objectives = kTwo;
        CHECK(conformance::check_strategy(make, trial) == conformance::Violations{});
        trial.objectives.push_back({"third", true, false});
        CHECK(conformance::check_strategy(make, trial) == conformance::Violations{});
    }
    for (const std::string& method : kOne) {
        INFO(method);
        CHECK(conformance::check_strategy([&](const Setup& setup) { return made(method, "population: 12", setup); }) ==
              conformance::Violations{});
    }
}

TEST_CASE("every optimiser spends the budget exactly and finds more than random search", "[evolution]")
{
    const Strings space(18, 4);
    MemorySearch at_random(problem(space, 600));
    evolution::Random({}, {}).search(at_random);
    const double drawn = volume(at_random.visits());
    for (const std::string& method : kSeveral) {
        INFO(method);
        const MemorySearch search = searched(method, problem(space, 600), {}, members(method, 20));
        CHECK(search.visits().size() == 600);
        if (method != "local_search")  // which climbs from one point after the other
            CHECK(volume(search.visits()) > 1.03 * drawn);
    }
}

TEST_CASE("an optimiser for one number climbs the reward, else the only objective", "[evolution]")
{
    const Strings space(18, 4);
    for (const std::string& method : kOne) {
        INFO(method);
        MemoryProblem p = problem(space, 400, {{"cost", false, true}});
        CHECK(cost(searched(method, p, {}, "population: 20").visits().back().architecture) < 12);

        p.reward = [](const Metrics& m) { return m.at("score"); };
        struct Any final : Reward {
            double operator()(const Metrics&) const override { return 0; }
        } any;
        const SumCost model;
        Setup setup = setup_of(p, model);
        setup.reward = &any;
        MemorySearch search(p);
        made(method, "population: 20", setup)->search(search);
        CHECK(score(search.visits().back().architecture) > 60);  // the largest is 78
    }
}

TEST_CASE("constraints come first", "[evolution]")
{
    const Strings space(18, 4);
    const auto drop = [](MemoryProblem& p) {  // as a search does with a constraint on costs
        p.evaluate = [](const Architecture& a) {
            Evaluation e{a, {{"cost", cost(a)}}, Status::ok, ""};
            if (cost(a) > 15)
                e.status = Status::infeasible, e.reason = "too expensive";
            else
                e.metrics["score"] = score(a);
            return e;
        };
    };
    for (const std::string method : {"nsga2", "age_moea", "u_nsga3", "c_taea", "moead", "local_search"}) {
        INFO(method);
        MemoryProblem p = problem(space, 300);
        drop(p);
        const MemorySearch search = searched(method, p, {{"cost", -INFINITY, 15, false}}, members(method, 20));
        // hardly any random architecture is below 15: they average 55
        CHECK(std::ranges::count_if(search.visits(), &Evaluation::ok) == 300);
    }
    // asked for costs beforehand, the constrained one proposes nothing infeasible at all
    MemoryProblem p = problem(space, 300, {{"score", true, false}});
    drop(p);
    const MemorySearch search = searched("constrained_ga", p, {{"cost", -INFINITY, 15, false}}, "population: 20");
    CHECK(search.visits().size() == 300);
    CHECK(std::ranges::all_of(search.visits(), &Evaluation::ok));
}

TEST_CASE("a constraint that nothing meets ends the constrained search", "[evolution]")
{
    const Strings space(6, 3);
    MemoryProblem p = problem(space, 50, {{"score", true, false}});
    p.evaluate = [](const Architecture& a) {
        return Evaluation{a, {{"cost", cost(a)}}, Status::infeasible, "too expensive"};
    };
    const MemorySearch search = searched("constrained_ga", p, {{"cost", -INFINITY, 0.5, false}});
    REQUIRE(search.visits().size() == 1);
    CHECK(search.visits().front().status == Status::infeasible);
}

TEST_CASE("what a cost model cannot price is not feasible to the constrained search", "[evolution]")
{
    const Strings space(18, 4);
    MemoryProblem p = problem(space, 200, {{"score", true, false}});
    const auto unpriced = [](const Architecture& a) { return a.choices[0] == 3 || a.choices[5] == 2; };
    p.cost = [&](const Architecture& a) { return unpriced(a) ? Metrics{} : Metrics{{"cost", cost(a)}}; };
    p.evaluate = [&](const Architecture& a) {
        return unpriced(a) ? failed(a, "not in the table")
                           : Evaluation{a, {{"score", score(a)}, {"cost", cost(a)}}, Status::ok, ""};
    };
    const MemorySearch search = searched("constrained_ga", p, {{"cost", -INFINITY, 40, false}}, "population: 20");
    CHECK(search.visits().size() == 200);
    CHECK(std::ranges::none_of(search.visits(), [](const Evaluation& e) { return e.status == Status::failed; }));
}

TEST_CASE("failed and incomplete evaluations are told as failures", "[evolution]")
{
    const Strings space(4, 3);
    const MemoryProblem p = problem(space, 10);
    const MemorySearch search(p);
    const moo::SearchGenomes genomes(search, std::vector<Constraint>{{"cost", 2, 10, false}});
    const auto of = [](Metrics metrics, Status status) {
        return Evaluation{{{0, 1, 2, 0}}, std::move(metrics), status, ""};
    };
    const moo::Told told = genomes.told(
        std::vector{of({{"score", 3}, {"cost", 4}}, Status::ok), of({{"score", 3}, {"cost", 15}}, Status::ok),
                    of({{"cost", 1}}, Status::infeasible), of({}, Status::infeasible), of({}, Status::failed),
                    of({}, Status::out_of_budget), of({{"score", 3}}, Status::ok),
                    of({{"score", INFINITY}, {"cost", 4}}, Status::ok), of({{"score", NAN}, {"cost", 4}}, Status::ok)});
    CHECK(told.violations == std::vector<double>{0, 0.5, 0.5, 1, INFINITY, INFINITY, INFINITY, INFINITY, INFINITY});
    CHECK(told.losses[0][0] == -3);
    CHECK(told.losses[0][1] == 4);
    CHECK(told.losses[2][0] == -3);  // what it lacks is the worst of the batch
    CHECK(told.losses[2][1] == 1);
    CHECK(std::ranges::equal(told.genomes[0], std::vector<moo::Gene>{0, 1, 2, 0}));
}

TEST_CASE("what another run knew is where the search starts", "[evolution]")
{
    const Strings space(18, 4);
    MemoryProblem p = problem(space, 60);
    const double cold = volume(searched("nsga2", p, {}, "population: 20").visits());
    MemoryProblem before = problem(space, 600);
    before.seed = 2;
    p.known = searched("nsga2", before, {}, "population: 20").visits();
    CHECK(volume(searched("nsga2", p, {}, "population: 20").visits()) > 1.1 * cold);
}

TEST_CASE("a network is not proposed twice where that is asked for", "[evolution]")
{
    const Strings idle(4, 3, true);  // 27 networks, each written in three ways
    for (const std::string& method : kSeveral) {
        INFO(method);
        const std::string members = ::members(method, 6);  // motpe and local_search never repeat
        const MemorySearch search =
            searched(method, problem(idle, 100), {}, members.empty() ? "" : members + ", never_again: true");
        std::set<std::string> keys;
        for (const Evaluation& e : search.visits())
            keys.insert(idle.key(e.architecture));
        CHECK(keys.size() == search.visits().size());
        if (method != "moead" && method != "c_taea")
            CHECK(keys.size() == 27);
    }
}

TEST_CASE("optimisers refuse what they cannot work with", "[evolution]")
{
    const Strings space(4, 3);
    const SumCost model;
    Setup setup = setup_of(problem(space, 10), model);
    CHECK_THAT(refusal("ga", setup), ContainsSubstring("ga goes by one number and there are 2 objectives"));
    CHECK_THAT(refusal("nsga2", setup, "mutation: often"),
               ContainsSubstring("mutation: 'often' is neither `auto` nor a probability"));
    CHECK_THAT(refusal("nsga2", setup, "mutation: 1.5"), ContainsSubstring("mutation: '1.5' is neither"));
    setup.objectives.clear();
    CHECK_THAT(refusal("nsga2", setup), ContainsSubstring("nsga2 needs `objectives` to go by, or a `reward`"));
    setup.objectives = {{"score", true, false}};
    CHECK_THAT(refusal("u_nsga3", setup),
               ContainsSubstring("u_nsga3 weighs objectives against each other and there is one"));
    CHECK(refusal("nsga2", setup) == "accepted");
    const std::string word = space.decisions().front().name;
    CHECK(refusal("constrained_ga", setup, "blocks: [" + word + "]") == "accepted");
    CHECK_THAT(refusal("constrained_ga", setup, "blocks: [" + word + ", kernle]"),
               ContainsSubstring("blocks.1: no decision of the space has 'kernle' in its name; the first is '" + word));
}
