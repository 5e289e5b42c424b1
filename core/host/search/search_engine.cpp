// SPDX-License-Identifier: Apache-2.0
#include "host/search/search_engine.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "espalier/error.hpp"
#include "espalier/search_space.hpp"

#include "host/store/durable_folder.hpp"

namespace espalier::host {
namespace {

constexpr std::size_t kStaleProposals = 1000;
constexpr std::size_t kUnpaidRows = 100'000;
constexpr std::size_t kReadAtOnce = 4096;  // recorded rows

int workers_for(const Experiment& experiment, const Components& parts)
{
    // What measures runs alone anyway, best on a thread that nothing else disturbs.
    return parts.evaluator && parts.evaluator->measures() ? 1 : experiment.execution.workers;
}

void merge(Evaluation& whole, const Evaluation& part)
{
    for (const auto& [metric, value] : part.metrics)
        whole.metrics.insert_or_assign(metric, value);
    if (!part.ok()) {
        whole.status = part.status;
        whole.reason = part.reason;
    }
}

}  // namespace

/// The strategy's phase; while it steps, notes belong to the phase.
class SearchEngine::WatchedPhase final : public Phase {
public:
    WatchedPhase(Phase& work, Context*& current) : work_{work}, current_{current} {}

    bool step(Step& step) override
    {
        current_ = &step.context;
        const Reset reset{current_};
        return work_.step(step);
    }
    std::optional<std::size_t> steps() const override { return work_.steps(); }
    bool worth_saving(std::size_t step) const override { return work_.worth_saving(step); }
    void save(const std::string& folder) const override { work_.save(folder); }
    void load(const std::string& folder) override { work_.load(folder); }

private:
    struct Reset {
        Context*& current;
        ~Reset() { current = nullptr; }
    };
    Phase& work_;
    Context*& current_;
};

SearchEngine::SearchEngine(Workplace& place, AskedComponents& components, const Components& parts, Observer& observer)
    : place_{place},
      components_{components},
      parts_{parts},
      observer_{observer},
      executor_{workers_for(place.experiment, parts)},
      time_{place.experiment.budget.minutes, *place.store},
      recorded_{place.store->evaluations()},
      rows_{place.space.decisions().size()},
      known_{place.store->known().value_or(std::vector<Evaluation>{})},
      recorded_notes_{place.store->noted(NotedValue::Source::strategy)}
{
}

Rng SearchEngine::rng(std::string_view purpose) const
{
    return Rng(place_.experiment.seed, purpose);
}

std::size_t SearchEngine::remaining() const
{
    if (place_.calls.stopped())
        throw Stopped{};
    if (time_.spent(replaying()) || exhausted_)
        return 0;
    const auto& budget = place_.experiment.budget.evaluations;
    return budget ? *budget - std::min(spent_, *budget) : std::numeric_limits<std::size_t>::max();
}

double SearchEngine::reward(const Evaluation& evaluation) const
{
    if (!evaluation.ok())
        return -std::numeric_limits<double>::infinity();
    if (!parts_.reward)
        throw Error("the experiment has no reward: add one under `reward:`.");
    return (*parts_.reward)(evaluation.metrics);
}

void SearchEngine::require_calm(std::string_view what) const
{
    if (place_.calls.stopped())
        throw Stopped{};
    // A step that is loaded instead of made would leave a gap in the record.
    if (in_phase_ != nullptr)
        throw Error(fmt::format("a phase may not {}: its steps are not repeated when the run is resumed.", what));
}

void SearchEngine::check(const Architecture& architecture) const
{
    if (!fits(architecture, place_.space.decisions()))
        throw Error(
            fmt::format("the strategy proposed '{}', which is no architecture of the space.", to_string(architecture)));
}

std::string SearchEngine::why_no_budget() const
{
    if (exhausted_)
        return "the search has ended: nothing new was proposed";
    const Budget& budget = place_.experiment.budget;
    if (budget.evaluations && spent_ >= *budget.evaluations)
        return fmt::format("the budget of {} evaluations is spent", *budget.evaluations);
    return fmt::format("the budget of {} minutes is spent", budget.minutes.value_or(0));
}

void SearchEngine::submit(Architecture architecture)
{
    require_calm("evaluate");
    check(architecture);
    make_ready();
    const std::size_t hash = std::hash<Architecture>{}(architecture);
    if (const auto found = row_of_.find(hash, [&](std::size_t row) { return rows_.is(row, architecture); }))
        return repropose(*found);
    Pending pending;
    if (remaining() == 0) {
        pending.out_of_budget = Evaluation{std::move(architecture), {}, Status::out_of_budget, why_no_budget()};
        in_flight_.push_back(std::move(pending));
        return;
    }
    stale_ = 0;
    const Candidate candidate(place_.space, std::move(architecture));
    pending.row = rows_.size();
    if (replaying())
        replay(candidate, pending);
    else
        begin(candidate, pending);
    if (std::exchange(new_round_, false))
        last_round_ = pending.row;
    rows_.add(candidate.architecture());
    row_of_.insert(hash, static_cast<std::uint32_t>(pending.row));
    in_flight_.push_back(std::move(pending));
}

void SearchEngine::repropose(std::size_t row)
{
    if (++stale_ == kStaleProposals && !exhausted_) {
        exhausted_ = true;
        observer_.message("the search ends: 1,000 proposals in a row held no new architecture");
    }
    Pending pending;
    pending.row = row;
    in_flight_.push_back(std::move(pending));
}

const StoredEvaluation& SearchEngine::recorded(std::size_t row)
{
    if (replay_.empty() || row > replay_.back().index)
        replay_ = place_.store->evaluations(row, kReadAtOnce);
    return replay_.at(row - replay_.front().index);
}

void SearchEngine::replay(const Candidate& candidate, Pending& pending)
{
    const StoredEvaluation& row = recorded(pending.row);
    if (row.evaluation.architecture != candidate.architecture() || row.key != candidate.key() || row.round != round_)
        throw Error(fmt::format(
            "replay diverged at evaluation {}: the run recorded '{}' (key {}) there, now the strategy proposes '{}' "
            "(key {}); a plug-in has changed, or the strategy draws random numbers of its own.",
            pending.row, to_string(row.evaluation.architecture), row.key, to_string(candidate.architecture()),
            candidate.key()));
    pending.fresh = row;
    pending.fresh->spent = row.evaluated && components_.evaluator
                               ? count(components_.evaluator->pay(components_.evaluator->key(candidate)))
                               : count(!components_.evaluator);
}

void SearchEngine::begin(const Candidate& candidate, Pending& pending)
{
    StoredEvaluation row{pending.row, candidate.key(), priced(candidate, true), false, round_, false};
    if (row.evaluation.ok() && components_.evaluator) {
        AskedComponent& evaluator = *components_.evaluator;
        std::string key = evaluator.key(candidate);
        row.evaluated = true;
        row.spent = count(evaluator.pay(key));
        evaluator.start(candidate, key, pending.row, executor_);
        pending.asked = std::move(key);
    } else {
        row.spent = count(!components_.evaluator);
    }
    pending.fresh = std::move(row);
}

/// @return `paid`
bool SearchEngine::count(bool paid)
{
    spent_ += paid ? 1 : 0;
    unpaid_ = paid ? 0 : unpaid_ + 1;
    if (unpaid_ == kUnpaidRows && place_.experiment.budget.evaluations && !exhausted_) {
        exhausted_ = true;
        observer_.message("the search ends: 100,000 architectures in a row led to no evaluation");
    }
    return paid;
}

Evaluation SearchEngine::collect()
{
    require_calm("evaluate");
    if (in_flight_.empty())
        throw Error("the strategy collects an evaluation, but nothing is in flight.");
    settle(in_flight_.front());
    Pending pending = std::move(in_flight_.front());
    in_flight_.pop_front();
    if (pending.out_of_budget)
        return std::move(*pending.out_of_budget);
    if (!pending.fresh)
        return rows_.at(pending.row);
    complete(*pending.fresh);
    return std::move(pending.fresh->evaluation);
}

void SearchEngine::settle(Pending& pending)
{
    if (!pending.asked)
        return;
    Evaluation& whole = pending.fresh->evaluation;
    merge(whole, components_.evaluator->answer(*pending.asked));
    drop_if_infeasible(whole);
    pending.asked.reset();
}

void SearchEngine::complete(const StoredEvaluation& row)
{
    done_ += row.spent ? 1 : 0;
    rows_.fill(row.index, row.evaluation);
    if (row.index >= recorded_)
        place_.store->append(row);
    observer_.evaluated(done_, row.evaluation);
}

void SearchEngine::make_ready()
{
    if (std::exchange(ready_, true))
        return;
    for (AskedComponent& cost : components_.costs)
        cost.make_ready();
    if (components_.evaluator)
        components_.evaluator->make_ready();
}

Evaluation SearchEngine::priced(const Candidate& candidate, bool drop)
{
    Evaluation whole;
    whole.architecture = candidate.architecture();
    for (AskedComponent& cost : components_.costs) {
        merge(whole, cost.ask(candidate, rows_.size()));
        if (drop)
            drop_if_infeasible(whole);
        if (drop && !whole.ok())
            break;
    }
    if (!drop)
        drop_if_infeasible(whole);
    return whole;
}

void SearchEngine::drop_if_infeasible(Evaluation& evaluation) const
{
    if (!evaluation.ok())
        return;
    for (const Constraint& constraint : place_.experiment.constraints) {
        if (constraint.winners_only)
            continue;
        const auto found = evaluation.metrics.find(constraint.metric);
        if (found == evaluation.metrics.end() || constraint.holds(found->second))
            continue;
        const bool above = found->second > constraint.maximum;
        evaluation.status = Status::infeasible;
        evaluation.reason = fmt::format("{} {} is {} {}", constraint.metric, found->second,
                                        above ? "above the maximum" : "below the minimum",
                                        above ? constraint.maximum : constraint.minimum);
        return;
    }
}

std::vector<Evaluation> SearchEngine::cost(std::span<const Architecture> batch)
{
    for (AskedComponent& cost : components_.costs)
        cost.make_ready();
    std::vector<Evaluation> result;
    result.reserve(batch.size());
    for (const Architecture& architecture : batch) {
        if (place_.calls.stopped())
            throw Stopped{};
        check(architecture);
        result.push_back(priced(Candidate(place_.space, architecture), false));
    }
    return result;
}

Metrics SearchEngine::cost(const Network& fragment)
{
    const Candidate candidate{fragment};
    Metrics metrics;
    std::string reasons;
    for (AskedComponent& cost : components_.costs) {
        cost.make_ready();
        const Evaluation& priced = cost.ask(candidate, rows_.size());
        metrics.insert(priced.metrics.begin(), priced.metrics.end());
        if (!priced.ok())
            reasons += fmt::format("{}{}: {}", reasons.empty() ? "" : "; ", cost.taught().name, priced.reason);
    }
    if (metrics.empty())
        throw Error(
            fmt::format("no cost model can price a single operator{}{}.", reasons.empty() ? "" : ": ", reasons));
    return metrics;
}

bool SearchEngine::feasible(const Architecture& architecture)
{
    return cost(std::span(&architecture, 1)).front().ok();
}

void SearchEngine::phase(std::string_view name, Phase& work)
{
    if (in_phase_ != nullptr)
        return in_phase_->phase(name, work);
    require_calm("start");
    const int times = ++phases_[std::string(name)];
    const std::string unique = times == 1 ? std::string(name) : fmt::format("{} ({})", name, times);
    WatchedPhase watched(work, in_phase_);
    place_.phases.run({fmt::format("strategy/{}", unique), unique, place_.experiment.seed, "", "", 0}, watched,
                      {[this] { return place_.calls.stopped(); }, place_.experiment.execution.device, rows_.size()});
}

void SearchEngine::train(std::string_view name, const Region& region, Sampler paths, Learners who)
{
    require_calm("train");
    // What was proposed before is answered by what was learnt before.
    for (Pending& pending : in_flight_)
        settle(pending);
    std::vector<AskedComponent*> learners;
    for (AskedComponent& cost : components_.costs)
        if (who == Learners::evaluator)
            cost.make_ready();
        else if (cost.trains())
            learners.push_back(&cost);
    if (components_.evaluator && components_.evaluator->trains())
        learners.push_back(&*components_.evaluator);
    for (AskedComponent* learner : learners)
        learner->learn(name, region, paths, rows_.size());
    if (learners.empty())
        return;
    ++round_;
    new_round_ = true;
    row_of_.clear();
    stale_ = unpaid_ = 0;
    exhausted_ = false;
}

void SearchEngine::note(std::string_view series, double value)
{
    if (in_phase_ != nullptr)
        return in_phase_->note(series, value);
    // A replayed strategy notes again what is recorded.
    if (++notes_ > recorded_notes_)
        place_.store->append({std::string(series), value, NotedValue::Source::strategy, rows_.size()});
    observer_.noted(series, value);
}

void SearchEngine::winner(Winner winner)
{
    require_calm("announce a winner");
    const auto same = [&](const Winner& other) { return other.name == winner.name; };
    if (winner.name.empty() || std::ranges::any_of(announced_, same))
        throw Error(
            fmt::format("the strategy announced a winner named '{}': names must be given and differ.", winner.name));
    if (winner.architecture)
        check(*winner.architecture);
    if (winner.save) {
        const std::filesystem::path winners = place_.store->directory() / "winners";
        std::filesystem::create_directories(winners);
        write_folder(winners / file_name_of(winner.name), winner.save);
    }
    announced_.push_back(std::move(winner));
}

void SearchEngine::finish()
{
    while (!in_flight_.empty())
        collect();
    if (replaying())
        throw Error(
            fmt::format("replay diverged at evaluation {}: the run recorded {} evaluations, now the strategy "
                        "ends here; a plug-in has changed, or the strategy draws random numbers of its own.",
                        rows_.size(), recorded_));
    if (components_.evaluator && components_.evaluator->taken_over() > 0)
        observer_.message(fmt::format("evaluator: {} results taken over from other runs, {} computed",
                                      components_.evaluator->taken_over(), components_.evaluator->calls()));
}

EvaluationBook SearchEngine::take_rows()
{
    row_of_.clear();
    return std::exchange(rows_, EvaluationBook{});
}

}  // namespace espalier::host
