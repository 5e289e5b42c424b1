// SPDX-License-Identifier: Apache-2.0
#include "host/search/run.hpp"

#include <mutex>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "espalier/error.hpp"

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
            const bool gone = !std::filesystem::exists(directory / "run.db");
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

StoredWinner stored(const SearchSpace& space, std::string name, const std::optional<Architecture>& architecture,
                    const Metrics& metrics)
{
    StoredWinner winner{std::move(name), architecture, "", "", metrics, {}, ""};
    if (architecture) {
        winner.text = space.text(*architecture);
        winner.key = space.key(*architecture);
    }
    return winner;
}

/// The rows since the last training.
struct LastRound {
    EvaluationBook rows;
    std::size_t first = 0;
    std::size_t size() const { return rows.size() - first; }
    Evaluation at(std::size_t i) const { return rows.at(first + i); }
};

std::vector<StoredWinner> announced_winners(const SearchEngine& engine, const LastRound& round)
{
    std::vector<StoredWinner> winners;
    for (const Winner& winner : engine.announced()) {
        Metrics metrics = winner.metrics;
        for (std::size_t row = round.first; winner.architecture && row < round.rows.size(); ++row)
            if (round.rows.is(row, *winner.architecture)) {
                const Evaluation evaluation = round.rows.at(row);
                metrics.insert(evaluation.metrics.begin(), evaluation.metrics.end());
            }
        winners.push_back(stored(engine.space(), winner.name, winner.architecture, metrics));
    }
    return winners;
}

/// The best by the experiment's rule, one of each key.
std::vector<StoredWinner> best_winners(const SearchSpace& space, const WinnerRule& rule, const LastRound& round)
{
    std::unordered_set<std::string> keys;
    std::vector<StoredWinner> winners;
    for (const std::size_t i : rule.winners(round.size(), [&](std::size_t i) { return round.at(i); })) {
        const Evaluation row = round.at(i);
        if (keys.insert(space.key(row.architecture)).second)
            winners.push_back(
                stored(space, fmt::format("front-{}", winners.size() + 1), row.architecture, row.metrics));
    }
    if (winners.size() == 1)
        winners.front().name = "best";
    return winners;
}

/// Lets the strategy search; what is in flight when it fails is to stop at once.
void search(SearchEngine& engine, const Part<Strategy>& strategy, ComponentCalls& calls)
{
    try {
        try {
            strategy->search(engine);
            engine.finish();
        } catch (const Error&) {
            throw;
        } catch (const std::exception& error) {
            throw Error(fmt::format("strategy '{}': {}", strategy.name, error.what()));
        }
    } catch (...) {
        calls.end();
        engine.save();
        throw;
    }
}

RunOutcome concluded(RunStore& store, RunState state, std::vector<StoredWinner> winners, std::string sentence)
{
    store.set_winners(winners);
    write_file(store.directory() / "winners.json", winners_json(winners));
    store.set_provenance(kSentence, sentence);
    store.set_state(state);
    return {state, std::move(winners), std::move(sentence)};
}

RunOutcome search_and_conclude(const Experiment& experiment, const Components& parts, RunStore& store,
                               Observer& observer, const std::atomic<bool>& stop)
{
    const bool resumed = store.provenance("state").has_value();
    const OtherRuns others = other_runs(experiment, parts, resumed, observer);
    if (!resumed)
        for (const std::string& line : reuse_report(others, experiment, parts))
            observer.message(line);
    take_known(experiment, parts, store);
    store.set_state(RunState::running);
    PhaseRunner phases(&store, others, observer);
    ComponentCalls calls(experiment, &store, phases, observer, stop);
    Workplace place{experiment, *parts.space, &store, others, phases, calls};
    AskedComponents components(parts, place);
    std::vector<StoredWinner> winners;
    LastRound round;
    bool announced = false;
    {
        SearchEngine engine(place, components, parts, observer);
        search(engine, parts.strategy, calls);
        round = {engine.take_rows(), engine.last_round()};
        announced = !engine.announced().empty();
        winners = announced ? announced_winners(engine, round) : std::vector<StoredWinner>{};
    }
    const WinnerRule rule(experiment, parts);
    std::string sentence;
    if (!announced && round.size() == 0) {
        sentence = "no winner: the strategy proposed no architecture";
    } else if (!announced && experiment.objectives.empty() && !parts.reward) {
        sentence =
            "no winner was chosen: the experiment has neither `objectives` nor a `reward`, and its strategy announced "
            "none";
    } else if (!announced) {
        winners = best_winners(*parts.space, rule, round);
        if (winners.empty()) {
            std::vector<Evaluation> all;
            for (std::size_t i = 0; i < round.size(); ++i)
                all.push_back(round.at(i));
            return concluded(store, RunState::nothing_feasible, {},
                             rule.nothing_feasible(all) + least_costs(components, place, all));
        }
    }
    store.commit();
    evaluate_finally(winners, components, place, store.evaluations());
    return concluded(store, RunState::finished, std::move(winners), std::move(sentence));
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

}  // namespace

std::string outcome_sentence(const RunStore& store)
{
    return store.provenance(kSentence).value_or("");
}

RunOutcome run(const Experiment& experiment, const Components& parts, RunStore& store, Observer& observer,
               const std::atomic<bool>& stop)
{
    if (const RunState state = store.state(); state == RunState::finished || state == RunState::nothing_feasible)
        return {state, store.winners(), outcome_sentence(store)};
    SerialObserver serial(observer);
    try {
        return search_and_conclude(experiment, parts, store, serial, stop);
    } catch (const Stopped&) {
        return ended(store, RunState::interrupted, "");
    } catch (const std::exception& error) {
        return ended(store, RunState::failed, error.what());
    }
}

std::vector<Evaluation> evaluate_only(const Experiment& experiment, const Components& parts,
                                      std::span<const Architecture> architectures, Observer& observer,
                                      const std::atomic<bool>& stop)
{
    SerialObserver serial(observer);
    const OtherRuns others(experiment.reuse, reusable(parts));
    PhaseRunner phases(nullptr, others, serial);
    ComponentCalls calls(experiment, nullptr, phases, serial, stop);
    Workplace place{experiment, *parts.space, nullptr, others, phases, calls};
    AskedComponents components(parts, place);
    std::vector<Candidate> candidates;
    std::vector<Evaluation> result;
    for (const Architecture& architecture : architectures) {
        candidates.emplace_back(*parts.space, architecture);
        result.push_back({architecture, {}, Status::ok, ""});
    }
    const auto add = [&](AskedComponent& asked) {
        const std::vector<Evaluation> found = answers(asked, candidates, place, 0);
        for (std::size_t i = 0; i < found.size(); ++i) {
            result[i].metrics.insert(found[i].metrics.begin(), found[i].metrics.end());
            if (found[i].ok())
                continue;
            result[i].status = Status::failed;
            result[i].reason += fmt::format("{}{} '{}': {}", result[i].reason.empty() ? "" : "; ", asked.taught().role,
                                            asked.taught().name, found[i].reason);
        }
    };
    try {
        for (AskedComponent& cost : components.costs)
            add(cost);
        if (components.evaluator)
            add(*components.evaluator);
        for (AskedComponent& final : components.finals)
            add(final);
    } catch (const Stopped&) {
        for (Evaluation& evaluation : result)
            evaluation = failed(evaluation.architecture, "interrupted");
    }
    return result;
}

}  // namespace espalier::host
