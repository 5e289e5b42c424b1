// SPDX-License-Identifier: Apache-2.0
#include "host/search/search_engine.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "espalier/error.hpp"
#include "espalier/report/text.hpp"
#include "espalier/search_space.hpp"

#include "host/calls/fatal_calls.hpp"
#include "host/calls/in_plugin.hpp"
#include "host/search/winners.hpp"
#include "host/store/durable_folder.hpp"

namespace espalier::host {
namespace {

int workers_for(const Experiment& experiment, const Components& parts, const RunStore& store)
{
    // What measures runs alone anyway, best on a thread that nothing else disturbs.
    return (parts.evaluator && parts.evaluator->measures()) || asked_alone(store, "") ? 1
                                                                                      : experiment.execution.workers;
}

}  // namespace

SearchEngine::SearchEngine(RunServices& services, AskedComponents& components, const Components& parts,
                           Observer& observer, bool other_budget)
    : services_{services},
      components_{components},
      parts_{parts},
      observer_{observer},
      workers_{workers_for(services.experiment, parts, *services.store), services.calls,
               services.experiment.execution.devices,
               [&components](const Task& task, Answer& answer) { components.record(task, answer); }},
      pricer_{services, components, workers_},
      budget_{services.experiment.budget, *services.store, observer,
              std::ranges::any_of(parts.costs, [](const auto& cost) { return cost->measures(); })},
      in_flight_{components, pricer_, budget_, workers_},
      replay_{*services.store, parts.strategy.name, other_budget},
      rows_{services.space.decisions().size()},
      strategy_{parts.strategy.who()},
      reward_{parts.reward.who()},
      space_{parts.space.who()},
      phases_{services},
      to_extend_{other_budget}
{
    // Those of the former end would be taken for those of the new one.
    for (const StoredPhase& phase : other_budget ? services.store->phases() : std::vector<StoredPhase>{})
        if (phase.component.empty())
            replay_.refuse_budget("it has phases of its own");
        else if (phase.generation > 0 && phase.name.find("/training") == std::string::npos)
            replay_.refuse_budget("it trains");
}

void SearchEngine::go_beyond_the_record()
{
    if (std::exchange(to_extend_, false))
        services_.store->extend(services_.experiment.resolved, replay_.forget_later_notes());
}

std::size_t SearchEngine::remaining() const
{
    if (services_.calls.stopped())
        throw Stopped{};
    while (in_flight_.uncounted() > 0 && services_.experiment.budget.evaluations)
        in_flight_.count_one();
    return budget_.remaining(replaying());
}

double SearchEngine::reward(const Evaluation& evaluation) const
{
    if (!evaluation.ok())
        return -std::numeric_limits<double>::infinity();
    if (!parts_.reward)
        throw Error("the experiment has no reward: add one under `reward:`.");
    std::string refused;
    const double value = in_plugin(reward_, "is asked for a reward",
                                   [&] { return rewarded(*parts_.reward, evaluation.metrics, refused); });
    if (!refused.empty() && !std::exchange(reward_refused_, true))
        observer_.message(refused + "; the reward of this and others like it is minus infinity, which nobody follows");
    observer_.rewarded(value);
    return value;
}

void SearchEngine::require_calm(std::string_view what) const
{
    if (services_.calls.stopped())
        throw Stopped{};
    // A step that is loaded instead of made would leave a gap in the record.
    if (phases_.step() != nullptr)
        throw Error(fmt::format("a phase may not {}: its steps are not repeated when the run is resumed.", what));
}

void SearchEngine::check(const Architecture& architecture) const
{
    if (!fits(architecture, services_.space.decisions()))
        throw Error(
            fmt::format("the strategy proposed '{}', which is no architecture of the space.", to_string(architecture)));
}

void SearchEngine::submit(Architecture architecture)
{
    require_calm("evaluate");
    check(architecture);
    components_.make_ready();
    Proposal proposal;
    if (const auto row = rows_.find(architecture)) {
        budget_.proposed_again();
        proposal.row = *row;
        return in_flight_.add(std::move(proposal));
    }
    while (budget_.depends_on(in_flight_.uncounted()))
        in_flight_.count_one();
    if (budget_.remaining(replaying()) == 0) {
        proposal.out_of_budget = true;
        proposal.fresh.emplace().evaluation = {
            std::move(architecture), {}, Status::out_of_budget, budget_.why_none_remains()};
        return in_flight_.add(std::move(proposal));
    }
    budget_.proposed_new();
    const Candidate candidate =
        in_plugin(space_, "is asked for a key", [&] { return Candidate(services_.space, std::move(architecture)); });
    proposal.row = rows_.size();
    if (replaying()) {
        proposal.fresh = replay_.row(proposal.row, candidate, rows_.round());
        replay(candidate, *proposal.fresh);
    } else {
        go_beyond_the_record();
        proposal.pricing = Pricing{candidate};
        proposal.fresh = StoredEvaluation{proposal.row, candidate.key(), {candidate.architecture(), {}, Status::ok, ""},
                                          false,        rows_.round(),   false};
    }
    rows_.add(candidate.architecture());
    in_flight_.add(std::move(proposal));
}

/// What is recorded is not asked, but counted as it was.
void SearchEngine::replay(const Candidate& candidate, StoredEvaluation& row)
{
    auto& evaluator = components_.evaluator;
    row.spent = row.evaluated && evaluator ? budget_.count(evaluator->pay(evaluator->key(candidate)))
                                           : budget_.count(!evaluator);
}

Evaluation SearchEngine::collect()
{
    require_calm("evaluate");
    if (in_flight_.empty())
        throw Error("the strategy collects an evaluation, but nothing is in flight.");
    Proposal oldest = in_flight_.take_oldest();
    if (!oldest.fresh)
        return rows_.at(oldest.row);
    if (!oldest.out_of_budget)
        complete(*oldest.fresh);
    return std::move(oldest.fresh->evaluation);
}

void SearchEngine::complete(const StoredEvaluation& row)
{
    rows_.fill(row.index, row.evaluation);
    if (!replay_.has(row.index))
        services_.store->append(row);
    observer_.evaluated(budget_.collected(row.spent, row.evaluation), row.evaluation);
}

std::vector<Evaluation> SearchEngine::known() const
{
    return services_.store->known().value_or(std::vector<Evaluation>{});
}

std::vector<Evaluation> SearchEngine::cost(std::span<const Architecture> batch)
{
    for (AskedComponent& cost : components_.costs)
        cost.make_ready();
    std::ranges::for_each(batch, [this](const Architecture& architecture) { check(architecture); });
    observer_.priced(batch.size());
    return pricer_.prices(batch, rows_.size());
}

Metrics SearchEngine::cost(const Network& fragment)
{
    for (AskedComponent& cost : components_.costs)
        cost.make_ready();
    return pricer_.prices(fragment, rows_.size());
}

bool SearchEngine::feasible(const Architecture& architecture)
{
    return cost(std::span(&architecture, 1)).front().ok();
}

void SearchEngine::phase(std::string_view name, Phase& work)
{
    if (phases_.step() != nullptr)
        return phases_.step()->phase(name, work);
    require_calm("start");
    if (to_extend_)
        replay_.refuse_budget("it has phases of its own");
    in_plugin(strategy_, "runs a phase", [&] { phases_.run(name, work, rows_.size()); });
}

void SearchEngine::train(std::string_view name, const Region& region, Sampler paths, Learners who)
{
    require_calm("train");
    if (to_extend_)
        replay_.refuse_budget("it trains");
    in_flight_.settle_all();  // what was proposed before is answered by what was learnt before
    std::vector<AskedComponent*> learners;
    for (AskedComponent& cost : components_.costs)
        if (who == Learners::all && cost.trains())
            learners.push_back(&cost);
        else if (cost.self().learnt->round == 0 && name != "training" &&
                 services_.phases.has(fmt::format("{}/{}", cost.self().role, name)))
            throw Error(
                "this run was recorded by a version whose cost models learn in every training: it cannot be "
                "resumed by this one.");
        else
            cost.make_ready();
    if (components_.evaluator && components_.evaluator->trains())
        learners.push_back(&*components_.evaluator);
    for (AskedComponent* learner : learners)
        learner->learn(name, region, paths, rows_.size());
    if (learners.empty())
        return;
    rows_.begin_round();
    budget_.begin_round();
}

void SearchEngine::note(std::string_view series, double value)
{
    if (phases_.step() != nullptr)
        return phases_.step()->note(series, value);
    if (!replay_.note(series, value, rows_.size())) {
        go_beyond_the_record();
        services_.store->append({std::string(series), value, NotedValue::Source::strategy, rows_.size()});
    }
    observer_.noted(series, value);
}

void SearchEngine::winner(Winner winner)
{
    require_calm("announce a winner");
    winner.name = report::printable(winner.name);
    const auto same = [&](const Winner& other) { return other.name == winner.name; };
    if (winner.name.empty() || std::ranges::any_of(announced_, same))
        throw Error(
            fmt::format("the strategy announced a winner named '{}': names must be given and differ.", winner.name));
    if (winner.architecture)
        check(*winner.architecture);
    if (services_.experiment.shortlist)
        return;  // the experiment says what its winners are
    if (!replaying())
        go_beyond_the_record();
    if (winner.save && to_extend_)
        replay_.refuse_budget("it saves winners before its record ends");
    if (winner.save)
        write_folder(services_.store->model_folder(winner.name), [&](const std::string& empty) {
            return in_plugin(strategy_, "saves a winner", [&] { return winner.save(empty), true; });
        });
    announced_.push_back(std::move(winner));
}

void SearchEngine::finish()
{
    while (!in_flight_.empty())
        collect();
    replay_.require_end(rows_.size());
    go_beyond_the_record();
    if (components_.evaluator && components_.evaluator->taken_over() > 0)
        observer_.message(fmt::format("evaluator: {} results taken over from other runs, {} computed",
                                      components_.evaluator->taken_over(), components_.evaluator->calls()));
}

}  // namespace espalier::host
