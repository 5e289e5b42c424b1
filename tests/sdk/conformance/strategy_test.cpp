// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <filesystem>
#include <fstream>
#include <set>

#include "espalier/error.hpp"
#include "espalier/sdk/conformance.hpp"

#include "catch.hpp"
#include "toys/temporary_folder.hpp"
#include "violations.hpp"

namespace espalier::conformance {
namespace {

enum class StrategyFault {
    none,
    never_ends,
    waits_for_ever,
    ignores_budget,
    leaves_space,
    dies_of_failures,
    dies_of_infeasible,
    dies_of_known,
    hidden_state,
    ignores_seed,
    asks_stream_twice,
    collects_too_much,
    does_nothing,
    wants_all_new,
    refuses,
};

/// Random search, spoilt.
class Spoilt final : public Strategy {
public:
    explicit Spoilt(StrategyFault fault) : fault_{fault}
    {
        if (fault == StrategyFault::refuses)
            throw Error("needs two objectives");
    }
    void search(Search& search) override
    {
        if (fault_ == StrategyFault::does_nothing)
            return;
        if (fault_ == StrategyFault::dies_of_known && !search.known().empty())
            throw Error("known evaluations");
        static std::atomic<std::uint64_t> runs = 0;
        Rng rng = fault_ == StrategyFault::hidden_state ? Rng(++runs) : search.rng("spoilt");
        if (fault_ == StrategyFault::ignores_seed)
            rng = Rng(5);
        const Region all{search.space().decisions()};
        while (search.remaining() > 0 || fault_ == StrategyFault::never_ends ||
               fault_ == StrategyFault::waits_for_ever) {
            if (fault_ == StrategyFault::waits_for_ever && search.remaining() == 0)
                continue;
            if (fault_ == StrategyFault::asks_stream_twice)
                rng = search.rng("mutation");
            Architecture a = random_architecture(all, rng);
            if (fault_ == StrategyFault::leaves_space)
                a.choices[0] = 99;
            one(search, a);
        }
        if (fault_ == StrategyFault::ignores_budget)
            for (int i = 0; i < 20'000; ++i)
                one(search, random_architecture(all, rng));
        if (fault_ == StrategyFault::collects_too_much)
            search.collect();
    }

private:
    void one(Search& search, const Architecture& a)
    {
        if (fault_ == StrategyFault::wants_all_new && !seen_.insert(to_string(a)).second && seen_.size() == 4)
            throw Error("seen all");
        const Evaluation e = search.evaluate({&a, 1}).front();
        if (fault_ == StrategyFault::dies_of_failures && e.status == Status::failed)
            throw Error(e.reason);
        if (fault_ == StrategyFault::dies_of_infeasible && e.status == Status::infeasible)
            throw Error(e.reason);
    }

    StrategyFault fault_;
    std::set<std::string> seen_;
};

enum class Lapse {
    none,
    forgets_momentum,
    forgets_late,
    remembers_itself,
    names_winner_anew,
    announces_another,
    counts_steps,
    own_random_stream,
    forgets_training,
    names_phase_anew,
};

/// Moves towards a number with momentum, six steps.
class OwnDescent final : public Phase {
public:
    OwnDescent(Lapse lapse, int& made) : lapse_{lapse}, made_{made} {}
    bool step(Step& step) override
    {
        ++made_;
        const double noise = lapse_ == Lapse::own_random_stream ? own_.uniform() : step.rng.uniform();
        momentum_ = 0.9 * momentum_ + noise - x_;
        if (lapse_ == Lapse::forgets_late && step.index == 1)
            late_ = noise;
        momentum_ += step.index == 4 ? late_ : 0;
        x_ += 0.1 * momentum_;
        return step.index + 1 < 6;
    }
    double x() const { return x_; }
    void save(const std::string& folder) const override
    {
        std::ofstream file(folder + "/state");
        file.precision(17);
        file << x_ << ' ' << (lapse_ == Lapse::forgets_momentum ? 0 : momentum_);
    }
    void load(const std::string& folder) override
    {
        if (!(std::ifstream(folder + "/state") >> x_ >> momentum_))
            throw Error("'" + folder + "/state' is damaged");
    }

private:
    Lapse lapse_;
    int& made_;
    double x_ = 1, momentum_ = 0, late_ = 0;
    Rng own_{7};
};

/// Has nothing to do and nothing to remember.
class Idle final : public Phase {
public:
    bool step(Step&) override { return false; }
    void save(const std::string& folder) const override { std::ofstream(folder + "/idle") << "idle"; }
    void load(const std::string&) override {}
};

/// Trains something of its own, lets the evaluator learn, and proposes by what the phase found.
class Learning final : public Strategy {
public:
    Learning(Lapse lapse, const Setup& setup) : lapse_{lapse}
    {
        if (!setup.evaluator->trains())
            throw Error("needs an evaluator that learns");
    }
    void search(Search& search) override
    {
        int made = 0;
        OwnDescent descent(lapse_, made);
        search.phase("descent", descent);
        const Region all{search.space().decisions()};
        search.train("stage", all);
        if (lapse_ == Lapse::forgets_training && made > 0)
            search.train("stage", all);
        Idle idle;
        search.phase(lapse_ == Lapse::names_phase_anew && made != 6 ? "another rest" : "rest", idle);
        Rng rng = search.rng("proposals");
        const auto skipped = static_cast<int>(1e6 * descent.x()) % 7 + (lapse_ == Lapse::counts_steps ? made : 0);
        for (int i = 0; i < skipped; ++i)
            rng();
        Evaluation best;
        while (search.remaining() > 0) {
            const Architecture a = random_architecture(all, rng);
            const Evaluation evaluation = search.evaluate({&a, 1}).front();
            if (evaluation.ok() && (best.metrics.empty() || evaluation.metrics.at("score") > best.metrics.at("score")))
                best = evaluation;
        }
        if (lapse_ == Lapse::remembers_itself)
            best.metrics["steps"] = made;
        if (lapse_ == Lapse::announces_another && made != 6)
            best.architecture.choices[0] = best.architecture.choices[0] == 0 ? 1 : 0;
        const bool renamed = lapse_ == Lapse::names_winner_anew && made != 6;
        search.winner({renamed ? "better" : "best", best.architecture, best.metrics, nullptr});
    }

private:
    Lapse lapse_;
};

std::string told(Lapse lapse)
{
    const TemporaryFolder scratch;
    const std::string text =
        joined(check_strategy([=](const Setup& setup) { return std::make_unique<Learning>(lapse, setup); },
                              {.trains = true, .scratch = scratch.path()}));
    CHECK(std::filesystem::is_empty(scratch.path()));
    return text;
}

std::string told(StrategyFault fault)
{
    return joined(check_strategy([=](const Setup&) { return std::make_unique<Spoilt>(fault); }));
}

}  // namespace

TEST_CASE("a strategy that keeps its promises has no violations", "[conformance]")
{
    CHECK(told(StrategyFault::none).empty());
}

TEST_CASE("each broken promise of a strategy is told", "[conformance]")
{
    CHECK_THAT(told(StrategyFault::never_ends),
               ContainsSubstring("the search throws: the strategy goes on submitting"));
    CHECK_THAT(told(StrategyFault::waits_for_ever),
               ContainsSubstring("the search throws: the strategy does not come to an end"));
    CHECK_THAT(told(StrategyFault::ignores_budget),
               ContainsSubstring("the strategy goes on submitting after its budget"));
    CHECK_THAT(told(StrategyFault::leaves_space), ContainsSubstring("which is no architecture of the space"));
    CHECK_THAT(told(StrategyFault::dies_of_failures), ContainsSubstring("where every third evaluation fails throws"));
    CHECK_THAT(told(StrategyFault::dies_of_infeasible),
               ContainsSubstring("every other architecture is infeasible throws"));
    CHECK_THAT(told(StrategyFault::dies_of_known),
               ContainsSubstring("the search that starts from known evaluations throws"));
    CHECK_THAT(told(StrategyFault::hidden_state), ContainsSubstring("the same seed gives other visits"));
    CHECK_THAT(told(StrategyFault::ignores_seed), ContainsSubstring("another seed gives the same visits"));
    CHECK_THAT(told(StrategyFault::asks_stream_twice),
               ContainsSubstring("a random stream is asked for several times, and each "
                                 "time holds the same numbers: 'mutation'"));
    CHECK_THAT(told(StrategyFault::collects_too_much), ContainsSubstring("nothing is in flight"));
    CHECK_THAT(told(StrategyFault::does_nothing), ContainsSubstring("the search ends without an evaluation"));
    CHECK_THAT(told(StrategyFault::wants_all_new),
               ContainsSubstring("the search in a space smaller than its budget throws"));
    CHECK_THAT(told(StrategyFault::refuses),
               ContainsSubstring("the strategy refuses the trial's setup: needs two objectives"));
}

TEST_CASE("a strategy that trains and keeps its promises has no violations", "[conformance]")
{
    CHECK(told(Lapse::none).empty());
}

TEST_CASE("a strategy that goes on otherwise than it began is told", "[conformance]")
{
    const std::string first = "interrupted in 'descent' after step 1";
    CHECK_THAT(told(Lapse::forgets_momentum), ContainsSubstring("a resumed search ends with other phases: " + first));
    CHECK_THAT(told(Lapse::own_random_stream), ContainsSubstring("a resumed search ends with other phases: " + first));
    for (const Lapse lapse : {Lapse::names_winner_anew, Lapse::announces_another})
        CHECK_THAT(told(lapse), ContainsSubstring("a resumed search announces other winners: " + first));
    CHECK_THAT(told(Lapse::forgets_late),
               ContainsSubstring("a resumed search ends with other phases: interrupted in 'descent' after step 3"));
    CHECK_THAT(told(Lapse::names_phase_anew), ContainsSubstring("a resumed search ends with other phases: " + first));
    CHECK_THAT(told(Lapse::counts_steps), ContainsSubstring("a resumed search visits others: " + first));
    CHECK_THAT(told(Lapse::remembers_itself), ContainsSubstring("a resumed search announces other winners: " + first));
    CHECK_THAT(told(Lapse::forgets_training),
               ContainsSubstring("a resumed search ends with other phases: interrupted in 'train stage' after step 1"));
}

}  // namespace espalier::conformance
