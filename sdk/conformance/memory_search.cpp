// SPDX-License-Identifier: Apache-2.0
#include "espalier/sdk/memory_search.hpp"

#include <algorithm>
#include <limits>

#include "espalier/counts.hpp"
#include "espalier/error.hpp"
#include "espalier/search_space.hpp"

#include "report.hpp"

namespace espalier::conformance {
namespace {

// As the real search.
constexpr std::size_t kStaleProposals = 1'000;
// Beyond these no strategy comes to an end; far below what a test would notice as slow.
constexpr std::size_t kFreeRows = 10'000, kPastBudget = 10'000, kCalls = 5'000'000;

}  // namespace

MemorySearch::MemorySearch(MemoryProblem problem) : problem_{std::move(problem)} {}

MemorySearch::~MemorySearch() = default;

void MemorySearch::tick() const
{
    if (++calls_ > kCalls)
        throw Error("the strategy does not come to an end: it asked the search " + std::to_string(kCalls) + " times");
}

Rng MemorySearch::rng(std::string_view purpose) const
{
    ++streams_[std::string(purpose)];
    return Rng(problem_.seed, purpose);
}

std::size_t MemorySearch::remaining() const
{
    tick();
    return stale_ >= kStaleProposals || free_ >= kFreeRows ? 0 : problem_.budget - spent_;
}

double MemorySearch::reward(const Evaluation& evaluation) const
{
    tick();
    if (!evaluation.ok())
        return -std::numeric_limits<double>::infinity();
    if (problem_.reward)
        return problem_.reward(evaluation.metrics);
    const Objective& objective = problem_.objectives.at(0);
    const double value = evaluation.metrics.at(objective.metric);
    return objective.maximise ? value : -value;
}

void MemorySearch::check(const Architecture& a) const
{
    if (!fits(a, space().decisions()))
        throw Error("the strategy proposed '" + to_string(a) + "', which is no architecture of the space");
}

const Evaluation& MemorySearch::ask(const Architecture& a)
{
    const auto known = asked_.find(a);
    return known != asked_.end() ? known->second : asked_.emplace(a, problem_.evaluate(a)).first->second;
}

void MemorySearch::submit(Architecture a)
{
    tick();
    check(a);
    if (const auto found = visited_.find(a); found != visited_.end()) {
        ++stale_;
        in_flight_.push_back(visits_[found->second]);
    } else if (remaining() > 0) {
        const Evaluation& evaluation = ask(a);
        const bool paid = evaluation.status != Status::infeasible;
        stale_ = 0;
        spent_ += paid ? 1 : 0;
        free_ = paid ? 0 : free_ + 1;
        visited_.emplace(std::move(a), visits_.size());
        visits_.push_back(evaluation);
        in_flight_.push_back(evaluation);
        return;
    } else {
        in_flight_.push_back({std::move(a), {}, Status::out_of_budget, "the budget is spent"});
    }
    if (remaining() == 0 && ++past_budget_ > kPastBudget)
        throw Error("the strategy goes on submitting after its budget is spent");
}

Evaluation MemorySearch::collect()
{
    tick();
    if (in_flight_.empty())
        throw Error("the strategy collects an evaluation, but nothing is in flight");
    Evaluation oldest = std::move(in_flight_.front());
    in_flight_.pop_front();
    return oldest;
}

std::vector<Evaluation> MemorySearch::cost(std::span<const Architecture> batch)
{
    tick();
    std::vector<Evaluation> costs;
    for (const Architecture& a : batch) {
        check(a);
        const Status status = feasible(a) ? Status::ok : Status::infeasible;
        costs.push_back({a, problem_.cost ? problem_.cost(a) : Metrics{}, status,
                         status == Status::ok ? "" : "a constraint on costs does not hold"});
    }
    return costs;
}

Metrics MemorySearch::cost(const Network& fragment)
{
    tick();
    return {{"macs", macs(fragment)}, {"params", params(fragment)}};
}

bool MemorySearch::feasible(const Architecture& a)
{
    tick();
    check(a);
    return ask(a).status != Status::infeasible;
}

std::string MemorySearch::unique(const std::string& name)
{
    const auto times = 1 + std::ranges::count_if(phases_, [&](const MadePhase& made) {
                           return made.name == name || made.name.starts_with(name + " (");
                       });
    return times == 1 ? name : name + " (" + std::to_string(times) + ")";
}

std::filesystem::path MemorySearch::saved(std::string_view phase, std::size_t steps) const
{
    return problem_.folder / (std::to_string(stable_hash(phase)) + "-" + std::to_string(steps));
}

void MemorySearch::phase(std::string_view name, Phase& work)
{
    tick();
    PlainContext context;
    MadePhase made{unique(std::string(name)), 0, false};
    const auto before = std::ranges::find(problem_.resume, made.name, &MadePhase::name);
    if (before != problem_.resume.end()) {
        made = *before;
        work.load(saved(made.name, made.steps).string());
    }
    const std::size_t at = phases_.size();
    phases_.push_back(made);
    for (const std::string stream = std::to_string(problem_.seed) + " " + made.name; !made.finished;
         phases_[at] = made) {
        made.finished = !step(work, stream, made.steps++, context);
        if (problem_.folder.empty())
            continue;
        const std::filesystem::path folder = saved(made.name, made.steps);
        std::filesystem::remove_all(folder);
        std::filesystem::create_directories(folder);
        work.save(folder.string());
    }
}

void MemorySearch::train(std::string_view name, const Region& region, Sampler paths, Learners)
{
    tick();
    if (problem_.learner == nullptr || !problem_.learner->trains())
        return;
    if (!paths)
        paths = [region](Rng& rng) { return random_architecture(region, rng); };
    if (const std::unique_ptr<Phase> work = problem_.learner->training(region, std::move(paths)))
        phase("train " + std::string(name), *work);
    visited_.clear();
    asked_.clear();
    stale_ = free_ = 0;
}

void MemorySearch::note(std::string_view, double)
{
    tick();
}

}  // namespace espalier::conformance
