// SPDX-License-Identifier: Apache-2.0
// The search that strategies are tried on keeps to the rules of the real one.
#include "espalier/sdk/memory_search.hpp"

#include <cmath>
#include <set>

#include "espalier/error.hpp"

#include "catch.hpp"
#include "toys/toy_space.hpp"

namespace espalier::conformance {
namespace {

/// Numbers below 100,000; what is written in them is their score.
class Numbers {
public:
    static Architecture number(std::size_t value)
    {
        Architecture a;
        for (std::size_t unit = 10'000; unit > 0; unit /= 10)
            a.choices.push_back(static_cast<std::uint16_t>(value / unit % 10));
        return a;
    }
    static double value(const Architecture& a)
    {
        double value = 0;
        for (const std::uint16_t digit : a.choices)
            value = 10 * value + digit;
        return value;
    }
    MemoryProblem problem(std::size_t budget = 100)
    {
        MemoryProblem p;
        p.space = &space_;
        p.budget = budget;
        p.evaluate = [this](const Architecture& a) {
            ++asked;
            return Evaluation{a, {{"score", value(a) + offset}}, Status::ok, ""};
        };
        return p;
    }
    static Evaluation infeasible(const Architecture& a) { return {a, {}, Status::infeasible, "too costly"}; }

    double offset = 0;
    int asked = 0;

private:
    ToySpace space_{digit_decisions(5)};
};

double scored(MemorySearch& search, std::size_t value)
{
    search.submit(Numbers::number(value));
    const Evaluation e = search.collect();
    return e.ok() ? e.metrics.at("score") : std::nan("");
}

/// Adds to the scores what its only step draws.
class Offset final : public Evaluator {
public:
    explicit Offset(Numbers& numbers) : numbers_{numbers} {}
    std::vector<std::string> metrics() const override { return {"score"}; }
    std::vector<Evaluation> evaluate(std::span<const Candidate>, Context&) override { return {}; }
    bool trains() const override { return true; }
    std::unique_ptr<Phase> training(const Region&, Sampler) override { return std::make_unique<Draw>(numbers_.offset); }

private:
    class Draw final : public Phase {
    public:
        explicit Draw(double& drawn) : drawn_{drawn} {}
        bool step(Step& step) override
        {
            drawn_ = step.rng.uniform();
            return false;
        }
        void save(const std::string&) const override {}
        void load(const std::string&) override {}

    private:
        double& drawn_;
    };
    Numbers& numbers_;
};

}  // namespace

TEST_CASE("evaluations come back in the order of proposal, each architecture is evaluated once", "[conformance]")
{
    Numbers numbers;
    MemorySearch search(numbers.problem(3));
    CHECK(search.feasible(Numbers::number(5)));
    for (const std::size_t value : {5U, 7U, 5U, 6U, 8U, 7U})
        search.submit(Numbers::number(value));
    std::vector<double> scores;
    for (int i = 0; i < 4; ++i)
        scores.push_back(search.collect().metrics.at("score"));
    CHECK(scores == std::vector<double>{5, 7, 5, 6});
    const Evaluation late = search.collect();  // the budget is met exactly, and what is known stays so
    CHECK(late.architecture == Numbers::number(8));
    CHECK(late.status == Status::out_of_budget);
    CHECK(search.collect().metrics.at("score") == 7);
    CHECK(search.visits().size() == 3);
    CHECK(numbers.asked == 3);
}

TEST_CASE("infeasible architectures are free, but not for ever", "[conformance]")
{
    Numbers numbers;
    MemoryProblem problem = numbers.problem(3);
    const auto evaluate = problem.evaluate;
    problem.evaluate = [&](const Architecture& a) { return a.choices[4] == 9 ? evaluate(a) : Numbers::infeasible(a); };
    MemorySearch paid(problem);
    std::size_t next = 0;
    while (paid.remaining() > 0)
        scored(paid, next++);
    CHECK(next == 30);  // 9, 19 and 29 were paid for
    problem.evaluate = [&](const Architecture& a) {
        return a == Numbers::number(6'000) ? evaluate(a) : Numbers::infeasible(a);
    };
    MemorySearch search(problem);
    for (next = 0; search.remaining() > 0 && next < 20'000; ++next)
        scored(search, next);
    CHECK(next == 16'001);  // 10,000 in a row
}

TEST_CASE("a thousand proposals in a row without a new architecture end a search", "[conformance]")
{
    Numbers numbers;
    MemorySearch search(numbers.problem());
    for (const std::size_t value : {1U, 2U})
        for (int i = 0; i < 1'000; ++i)
            scored(search, value);
    CHECK(search.remaining() == 98);
    scored(search, 1);
    CHECK(search.remaining() == 0);
}

TEST_CASE("the reward of an objective that is minimised is its negative, that of a failure the least", "[conformance]")
{
    Numbers numbers;
    const Evaluation three{Numbers::number(3), {{"score", 3}}, Status::ok, ""};
    MemoryProblem problem = numbers.problem();
    CHECK(MemorySearch(problem).reward(three) == 3);
    CHECK(MemorySearch(problem).reward(Numbers::infeasible(three.architecture)) == -INFINITY);
    problem.objectives[0].maximise = false;
    CHECK(MemorySearch(problem).reward(three) == -3);
    problem.reward = [](const Metrics& metrics) { return 10 * metrics.at("score"); };
    CHECK(MemorySearch(problem).reward(three) == 30);
}

TEST_CASE("what was evaluated before a training is forgotten", "[conformance]")
{
    Numbers numbers;
    Offset learner(numbers);
    MemoryProblem problem = numbers.problem(10);
    problem.learner = &learner;
    MemorySearch search(problem);
    for (int i = 0; i < 1'001; ++i)
        scored(search, 4);
    REQUIRE(search.remaining() == 0);
    search.train("stage", Region(search.space().decisions()), {}, {});
    CHECK(search.remaining() == 9);
    CHECK(scored(search, 4) == 4 + numbers.offset);
    CHECK(numbers.offset > 0);
    CHECK(numbers.asked == 2);
}

TEST_CASE("phases of one name are counted, and draw by the seed and their own name", "[conformance]")
{
    std::set<double> drawn;
    for (const std::uint64_t seed : {1U, 2U}) {
        Numbers numbers;
        Offset learner(numbers);
        MemoryProblem problem = numbers.problem();
        problem.learner = &learner;
        problem.seed = seed;
        MemorySearch search(problem);
        for (const std::string name : {"stage", "stage", "other", "stage"}) {
            search.train(name, Region(search.space().decisions()), {}, {});
            drawn.insert(numbers.offset);
        }
        std::vector<std::string> names;
        for (const MadePhase& phase : search.phases())
            names.push_back(phase.name);
        CHECK(names == std::vector<std::string>{"train stage", "train stage (2)", "train other", "train stage (3)"});
    }
    CHECK(drawn.size() == 8);
}

}  // namespace espalier::conformance
