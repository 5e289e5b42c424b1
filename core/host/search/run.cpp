// SPDX-License-Identifier: Apache-2.0
#include "host/search/run.hpp"

#include <mutex>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "espalier/error.hpp"

#include "host/calls/fatal_calls.hpp"
#include "host/calls/in_plugin.hpp"
#include "host/search/final_evaluations.hpp"
#include "host/search/least_cost.hpp"
#include "host/search/reuse_report.hpp"
#include "host/search/search_engine.hpp"
#include "host/search/winners.hpp"
#include "host/store/durable_folder.hpp"

namespace espalier::host {
namespace {

constexpr const char* kSentence = "outcome.sentence";

/// Lets one call through at a time.
class SerialObserver final : public Observer {
public:
    explicit SerialObserver(Observer& told) : told_{told} {}
    void evaluated(std::size_t done, const Evaluation& evaluation) override
    {
        const std::lock_guard guard(mutex_);
        told_.evaluated(done, evaluation);
    }
    void noted(std::string_view series, double value) override
    {
        const std::lock_guard guard(mutex_);
        told_.noted(series, value);
    }
    void phase(std::string_view name, std::size_t step, std::optional<std::size_t> steps) override
    {
        const std::lock_guard guard(mutex_);
        told_.phase(name, step, steps);
    }
    void phase_ended(std::string_view name) override
    {
        const std::lock_guard guard(mutex_);
        told_.phase_ended(name);
    }
    void rewarded(double reward) override
    {
        const std::lock_guard guard(mutex_);
        told_.rewarded(reward);
    }
    void priced(std::size_t more) override
    {
        const std::lock_guard guard(mutex_);
        told_.priced(more);
    }
    void message(std::string_view sentence) override
    {
        const std::lock_guard guard(mutex_);
        told_.message(sentence);
    }

private:
    Observer& told_;
    std::mutex mutex_;
};

std::vector<std::string> reusable(const Components& parts)
{
    std::vector<std::string> fingerprints;
    for (const Part<Evaluator>& final : parts.finals)
        fingerprints.push_back(final.fingerprint);
    if (parts.evaluator)
        fingerprints.push_back(parts.evaluator.fingerprint);
    return fingerprints;
}

/// On a resumed run the others may be gone: what was taken over is in this run's store, the rest is computed.
OtherRuns other_runs(const Experiment& experiment, const Components& parts, bool resumed, Observer& observer)
{
    std::vector<std::filesystem::path> directories = experiment.reuse;
    if (resumed)
        std::erase_if(directories, [&](const std::filesystem::path& directory) {
            std::error_code none;
            const bool gone = !std::filesystem::exists(directory / "run.db", none);
            if (gone)
                observer.message(fmt::format("{} is gone: nothing more is taken over from it", directory.string()));
            return gone;
        });
    return {directories, reusable(parts)};
}

std::vector<Evaluation> evaluations(const RunStore& store)
{
    std::vector<Evaluation> all;
    store.for_each_evaluation([&](const StoredEvaluation& row) { all.push_back(row.evaluation); });
    return all;
}

/// `start: {run: DIR, best: N}`: copied once, so that a replay knows the same although that run may have changed.
void take_known(const Experiment& experiment, const Components& parts, RunStore& store)
{
    if (!experiment.start || store.known())
        return;
    const std::vector<Evaluation> all = evaluations(RunStore::read_only(*experiment.start));
    for (const Evaluation& evaluation : all)
        if (!fits(evaluation.architecture, parts.space->decisions()))
            throw Error(fmt::format("start: {} is a run in another search space: '{}' is no architecture of this one.",
                                    experiment.start->string(), to_string(evaluation.architecture)));
    std::vector<Evaluation> known;
    for (const std::size_t i : WinnerRule(experiment, parts).ranked(all.size(), [&](std::size_t i) { return all[i]; }))
        if (experiment.start_best == 0 || known.size() < experiment.start_best)
            known.push_back(all[i]);
    store.set_known(known);
}

StoredWinner stored(const Part<SearchSpace>& space, std::string name, const std::optional<Architecture>& architecture,
                    const Metrics& metrics)
{
    StoredWinner winner{std::move(name), architecture, "", "", metrics, {}, "", ""};
    if (architecture)
        in_plugin(space.who(), "is asked for a text", [&] {
            winner.text = space->text(*architecture);
            winner.key = space->key(*architecture);
        });
    return winner;
}

/// The rows since the last training, and what the strategy announced.
struct Searched {
    EvaluationBook rows;
    std::size_t first = 0;
    std::vector<Winner> announced;
    std::size_t size() const { return rows.size() - first; }
    Evaluation at(std::size_t i) const { return rows.at(first + i); }
};

std::vector<StoredWinner> announced_winners(const Part<SearchSpace>& space, const Searched& searched)
{
    std::vector<StoredWinner> winners;
    for (const Winner& winner : searched.announced) {
        Metrics metrics = winner.metrics;
        for (std::size_t row = searched.first; winner.architecture && row < searched.rows.size(); ++row)
            if (searched.rows.is(row, *winner.architecture)) {
                const Evaluation evaluation = searched.rows.at(row);
                metrics.insert(evaluation.metrics.begin(), evaluation.metrics.end());
            }
        winners.push_back(stored(space, winner.name, winner.architecture, metrics));
    }
    return winners;
}

/// The best by the experiment's rule. Rows of one key with equal metrics are one; others of that key were judged apart.
std::vector<StoredWinner> best_winners(const Part<SearchSpace>& space, const WinnerRule& rule, const Searched& searched)
{
    std::set<std::pair<std::string, Metrics>> seen;
    std::vector<StoredWinner> winners;
    for (const std::size_t i : rule.winners(searched.size(), [&](std::size_t i) { return searched.at(i); })) {
        const Evaluation row = searched.at(i);
        if (seen.emplace(space->key(row.architecture), row.metrics).second)
            winners.push_back(
                stored(space, fmt::format("front-{}", winners.size() + 1), row.architecture, rule.shown(row)));
    }
    if (winners.size() == 1)
        winners.front().name = "best";
    return winners;
}

/// The best rows of `keep` different networks; `final` is to name and order them.
std::vector<StoredWinner> kept_winners(const Part<SearchSpace>& space, const WinnerRule& rule, const Searched& searched,
                                       std::size_t keep)
{
    std::set<std::string> keys;
    std::vector<StoredWinner> kept;
    for (const std::size_t i : rule.ranked(searched.size(), [&](std::size_t i) { return searched.at(i); })) {
        if (kept.size() == keep)
            break;
        const Evaluation row = searched.at(i);
        StoredWinner winner = stored(space, "", row.architecture, rule.shown(row));
        if (keys.insert(winner.key).second)
            kept.push_back(std::move(winner));
    }
    return kept;
}

/// What is taken over from other runs. Tells of it, once.
OtherRuns prepare(const Experiment& experiment, const Components& parts, RunStore& store, Observer& observer,
                  bool other_budget)
{
    const bool resumed = store.provenance("state").has_value();
    OtherRuns others = other_runs(experiment, parts, resumed, observer);
    if (!resumed)
        for (const std::string& line : reuse_report(others, experiment, parts))
            observer.message(line);
    take_known(experiment, parts, store);
    if (!other_budget)
        store.set_state(RunState::running);
    return others;
}

/// Lets the strategy search; what is in flight when it fails is to stop at once.
Searched search(RunServices& services, AskedComponents& components, const Components& parts, Observer& observer,
                bool other_budget)
{
    SearchEngine engine(services, components, parts, observer, other_budget);
    try {
        in_plugin(parts.strategy.who(), "searches", [&] { parts.strategy->search(engine); });
        engine.finish();
    } catch (...) {
        services.calls.end();
        engine.save();
        throw;
    }
    const std::size_t first = engine.rows().first_of_last_round();
    return {engine.rows().take(), first, engine.announced()};
}

/// The winners, or a sentence that says why there are none.
RunOutcome choose(const Searched& searched, RunServices& services, AskedComponents& components, const Components& parts)
{
    if (!searched.announced.empty())
        return {RunState::finished, announced_winners(parts.space, searched), ""};
    if (searched.size() == 0)
        return {RunState::finished, {}, "no winner: the strategy proposed no architecture"};
    if (services.experiment.objectives.empty() && !parts.reward)
        return {RunState::finished,
                {},
                "no winner was chosen: the experiment has neither `objectives` nor a `reward`, and its strategy "
                "announced none"};
    const WinnerRule rule(services.experiment, parts);
    const std::optional<Shortlist>& shortlist = services.experiment.shortlist;
    std::vector<StoredWinner> best = shortlist ? kept_winners(parts.space, rule, searched, shortlist->keep)
                                               : best_winners(parts.space, rule, searched);
    if (!best.empty())
        return {RunState::finished, std::move(best), ""};
    std::vector<Evaluation> all;
    for (std::size_t i = 0; i < searched.size(); ++i)
        all.push_back(searched.at(i));
    return {RunState::nothing_feasible, {}, rule.nothing_feasible(all) + least_costs(components, services, all)};
}

/// Asks `final` about the winners and writes down how the run has ended.
void finalise(RunOutcome& outcome, RunServices& services, AskedComponents& components)
{
    RunStore& store = *services.store;
    store.commit();
    evaluate_finally(outcome.winners, components, services, store.evaluations());
    store.set_winners(outcome.winners);
    write_file(store.directory() / "winners.json", winners_json(outcome.winners));
    store.set_provenance(kSentence, outcome.sentence);
    store.set_state(outcome.state);
}

RunOutcome prepare_search_and_conclude(const Experiment& experiment, const Components& parts, RunStore& store,
                                       Observer& observer, const std::atomic<bool>& stop, bool other_budget)
{
    settle_fatal_calls(experiment, parts, store, observer);
    const CallsFile under_way(calls_file(store), static_cast<std::size_t>(experiment.execution.workers) + 1);
    const OtherRuns others = prepare(experiment, parts, store, observer, other_budget);
    PhaseRunner phases(&store, others, observer);
    CallRunner calls(parts, phases, observer, stop, store.directory() / "logs",
                     [&store](auto&&... overdue) { give_up(&store, overdue...); });
    RunServices services{experiment, *parts.space, &store, others, phases, calls};
    AskedComponents components(parts, services);
    const Searched searched = search(services, components, parts, observer, other_budget);
    RunOutcome outcome = choose(searched, services, components, parts);
    finalise(outcome, services, components);
    return outcome;
}

/// Records how the run ended, as far as the disk still allows.
RunOutcome ended(RunStore& store, RunState state, std::string sentence)
{
    try {
        store.set_state(state);
    } catch (const Error& error) {
        if (sentence.empty())
            sentence = error.what();
        state = RunState::failed;
    }
    return {state, {}, std::move(sentence)};
}

/// Components asked without a search; nothing is kept.
class Unstored {
public:
    Unstored(const Experiment& experiment, const Components& parts, Observer& observer, const std::atomic<bool>& stop)
        : observer_{observer},
          others_{experiment.reuse, reusable(parts)},
          phases_{nullptr, others_, observer_},
          calls_{parts, phases_, observer_, stop, {}, [](auto&&... overdue) { give_up(nullptr, overdue...); }},
          services_{experiment, *parts.space, nullptr, others_, phases_, calls_},
          components{parts, services_}
    {
    }
    /// What was interrupted, now or before, has failed.
    std::vector<Evaluation> answers(AskedComponent& asked, std::span<const Candidate> candidates)
    {
        try {
            if (!interrupted_)
                host::answers(asked, candidates, components, services_, 0);
        } catch (const Stopped&) {
            interrupted_ = true;
        }
        std::vector<Evaluation> found;
        for (const Candidate& candidate : candidates) {
            const auto number = asked.number_of(asked.key(candidate));
            found.push_back(number && asked.answered(*number) ? asked.answer(*number) : failed({}, "interrupted"));
        }
        return found;
    }

private:
    SerialObserver observer_;
    OtherRuns others_;
    PhaseRunner phases_;
    CallRunner calls_;
    RunServices services_;
    bool interrupted_ = false;

public:
    AskedComponents components;  ///< of the services above
};

}  // namespace

std::string outcome_sentence(const RunStore& store)
{
    return store.provenance(kSentence).value_or("");
}

RunOutcome run(const Experiment& experiment, const Components& parts, RunStore& store, Observer& observer,
               const std::atomic<bool>& stop, bool other_budget)
{
    if (const RunState state = store.state();
        !other_budget && (state == RunState::finished || state == RunState::nothing_feasible))
        return {state, store.winners(), outcome_sentence(store)};
    SerialObserver serial(observer);
    const auto unchanged = [&] { return other_budget && store.experiment() != experiment.resolved; };
    try {
        return prepare_search_and_conclude(experiment, parts, store, serial, stop, other_budget);
    } catch (const Stopped&) {
        return unchanged() ? RunOutcome{RunState::interrupted, {}, ""} : ended(store, RunState::interrupted, "");
    } catch (...) {
        if (unchanged())
            throw;
        return ended(store, RunState::failed, thrown());
    }
}

std::vector<Evaluation> evaluate_only(const Experiment& experiment, const Components& parts,
                                      std::span<const Architecture> architectures, Observer& observer,
                                      const std::atomic<bool>& stop)
{
    Unstored unstored(experiment, parts, observer, stop);
    std::vector<Candidate> candidates;
    std::vector<Evaluation> result;
    for (const Architecture& architecture : architectures) {
        candidates.emplace_back(*parts.space, architecture);
        result.push_back({architecture, {}, Status::ok, ""});
    }
    const auto add = [&](AskedComponent& asked) {
        const std::vector<Evaluation> all = unstored.answers(asked, candidates);
        for (std::size_t i = 0; i < all.size(); ++i) {
            result[i].metrics.insert(all[i].metrics.begin(), all[i].metrics.end());
            if (all[i].ok())
                continue;
            result[i].status = Status::failed;
            result[i].reason += fmt::format("{}{} '{}': {}", result[i].reason.empty() ? "" : "; ", asked.self().role,
                                            asked.self().name, all[i].reason);
        }
    };
    std::ranges::for_each(unstored.components.costs, add);
    if (unstored.components.evaluator)
        add(*unstored.components.evaluator);
    std::ranges::for_each(unstored.components.finals, add);
    return result;
}

std::vector<std::vector<Evaluation>> price_only(const Experiment& experiment, const Components& parts,
                                                std::span<const Candidate> candidates, Observer& observer,
                                                const std::atomic<bool>& stop)
{
    Unstored unstored(experiment, parts, observer, stop);
    std::vector<std::vector<Evaluation>> result;
    for (AskedComponent& cost : unstored.components.costs)
        result.push_back(unstored.answers(cost, candidates));
    return result;
}

}  // namespace espalier::host
