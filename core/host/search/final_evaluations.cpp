// SPDX-License-Identifier: Apache-2.0
#include "host/search/final_evaluations.hpp"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <functional>
#include <numeric>
#include <optional>

#include <fmt/format.h>

#include "espalier/report/text.hpp"

#include "host/calls/thread_workers.hpp"
#include "host/search/winners.hpp"
#include "host/store/durable_folder.hpp"

namespace espalier::host {
namespace {

void add_sentence(std::string& sentences, const std::string& sentence)
{
    sentences += (sentences.empty() ? "" : "; ") + sentence;
}

void add_note(StoredWinner& winner, const std::string& who, const std::string& what)
{
    add_sentence(winner.note, fmt::format("{}: {}", who, report::printable(what)));
}

void add_verified(StoredWinner& winner, const std::string& who, const Evaluation& found)
{
    Evaluation& verified = winner.verified ? *winner.verified : winner.verified.emplace();
    verified.metrics.insert(found.metrics.begin(), found.metrics.end());
    if (found.ok())
        return;
    verified.status = Status::failed;
    add_sentence(verified.reason, fmt::format("{}: {}", who, report::printable(found.reason)));
}

/// Adds the verdict of each constraint on what was verified.
void judge(Evaluation& verified, std::span<const Constraint> constraints)
{
    for (const Constraint& constraint : constraints) {
        const auto found = verified.metrics.find(constraint.metric);
        if (found == verified.metrics.end())
            continue;
        const bool holds = constraint.holds(found->second);
        if (!holds && verified.ok())
            verified.status = Status::infeasible;
        add_sentence(verified.reason, fmt::format("{} {}: {}", report::printable(constraint.metric), bounds(constraint),
                                                  holds ? "holds" : "broken, it is " + report::rounded(found->second)));
    }
}

/// A winner without its weights is one, too: why there are none becomes a note.
void save_model(AskedComponent& final, const Candidate& candidate, StoredWinner& winner, RunServices& services,
                std::size_t row)
{
    const std::filesystem::path folder = services.store->model_folder(winner.name);
    try {
        write_folder(folder, [&](const std::string& empty) { return final.save(candidate, empty, row); });
    } catch (const Stopped&) {
        throw;
    } catch (const std::exception& error) {
        add_note(winner, final.self().name, fmt::format("no model saved: {}", error.what()));
    }
    std::error_code not_empty;
    std::filesystem::remove(folder.parent_path(), not_empty);  // unless there is something in it
    winner.model = services.store->model(winner.name);
}

}  // namespace

std::vector<Evaluation> answers(AskedComponent& asked, std::span<const Candidate> candidates,
                                AskedComponents& components, RunServices& services, std::size_t row)
{
    asked.make_ready();
    Observer& observer = services.phases.observer();
    const std::string who = fmt::format("{} '{}'", asked.self().role, asked.self().name);
    std::atomic<std::size_t> done = 0;
    const auto record = [&](const Task& task, Answer& answer) {
        components.record(task, answer);
        observer.phase(who, done += task.candidates.size(), candidates.size());
    };
    ThreadWorkers workers(asked.self().component->measures() ? 1 : services.experiment.execution.workers,
                          services.calls, services.experiment.execution.devices, record);
    try {
        std::vector<Evaluation> found = components.answers(asked, candidates, row, workers);
        observer.phase_ended(who);
        return found;
    } catch (...) {
        services.calls.end();  // the others need not finish
        throw;
    }
}

namespace {

/// What a shortlist is ordered by: larger is better; none where `final` has no known value.
std::optional<double> deciding(const StoredWinner& winner, const Shortlist& shortlist)
{
    const auto found = winner.final_metrics.find(shortlist.by);
    if (found == winner.final_metrics.end() || filled(winner.final_metrics, shortlist.by))
        return std::nullopt;
    return shortlist.maximise ? found->second : -found->second;
}

/// The places of the winners, the best first.
std::vector<std::size_t> order_of(std::span<const StoredWinner> winners, const Shortlist& shortlist)
{
    std::vector<std::size_t> order(winners.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, std::greater(),
                             [&](std::size_t place) { return deciding(winners[place], shortlist); });
    return order;
}

void put_in_order(std::span<StoredWinner> winners, const Shortlist& shortlist)
{
    std::vector<StoredWinner> ordered;
    for (const std::size_t place : order_of(winners, shortlist)) {
        StoredWinner& winner = ordered.emplace_back(std::move(winners[place]));
        winner.runner_up = ordered.size() > 1;
        winner.name = winner.runner_up ? fmt::format("runner-up-{}", ordered.size() - 1) : "best";
    }
    std::ranges::move(ordered, winners.begin());
}

bool gave_metrics(const AskedComponent& final, const Candidate& candidate)
{
    const auto number = final.number_of(final.key(candidate));
    return number && final.answered(*number) && final.answer(*number).ok();
}

/// Those that are architectures, as components are asked about them.
struct Asked {
    Asked(std::span<StoredWinner> all, const SearchSpace& space)
    {
        for (StoredWinner& winner : all)
            if (winner.architecture) {
                winners.push_back(&winner);
                candidates.emplace_back(space, *winner.architecture);
            }
    }
    std::vector<StoredWinner*> winners;
    std::vector<Candidate> candidates;
};

}  // namespace

void evaluate_finally(std::span<StoredWinner> all, AskedComponents& components, RunServices& services, std::size_t row)
{
    if (Asked(all, services.space).winners.empty())
        return;
    const auto ask = [&](AskedComponent& component, const auto& use) {
        const Asked asked(all, services.space);
        const std::vector<Evaluation> found = answers(component, asked.candidates, components, services, row);
        for (std::size_t i = 0; i < found.size(); ++i)
            use(*asked.winners[i], found[i]);
    };
    for (AskedComponent& final : components.finals)
        ask(final, [&](StoredWinner& winner, const Evaluation& found) {
            winner.final_metrics.insert(found.metrics.begin(), found.metrics.end());
            if (!found.ok())
                add_note(winner, final.self().name, found.reason);
        });
    if (services.experiment.shortlist)
        put_in_order(all, *services.experiment.shortlist);
    for (StoredWinner& winner : all)
        winner.model = services.store->model(winner.name);
    const Asked asked(all, services.space);
    for (AskedComponent& final : components.finals)
        for (std::size_t i = 0; i < asked.winners.size(); ++i)
            if (asked.winners[i]->model.empty() && gave_metrics(final, asked.candidates[i]))
                save_model(final, asked.candidates[i], *asked.winners[i], services, row);
    for (AskedComponent& verifier : components.verifiers)
        ask(verifier, [&](StoredWinner& winner, const Evaluation& found) {
            add_verified(winner, verifier.self().role + " '" + verifier.self().name + "'", found);
        });
    for (StoredWinner& winner : all)
        if (winner.verified)
            judge(*winner.verified, services.experiment.constraints);
}

std::string winners_json(std::span<const StoredWinner> winners)
{
    const auto text = [](const std::string& any) { return report::json_text(report::printable(any)); };
    const auto object = [&text](const Metrics& metrics) {
        std::string members;
        for (const auto& [metric, value] : metrics)
            members += fmt::format("{}\n      {}: {}", members.empty() ? "" : ",", text(metric), report::exact(value));
        return members.empty() ? "{}" : "{" + members + "\n    }";
    };
    std::string entries;
    for (const StoredWinner& winner : winners) {
        std::string members;
        const auto add = [&members](const char* name, const std::string& value) {
            members += fmt::format("{}\n    \"{}\": {}", members.empty() ? "" : ",", name, value);
        };
        add("name", text(winner.name));
        add("architecture", text(winner.text));
        add("key", text(winner.key));
        add("metrics", object(winner.metrics));
        add("final", object(winner.final_metrics));
        if (winner.verified) {
            add("verified", object(winner.verified->metrics));
            add("verdict", text(winner.verified->reason));
        }
        if (winner.runner_up)
            add("runner_up", "true");
        if (!winner.note.empty())
            add("note", text(winner.note));
        if (!winner.model.empty())
            add("model", text(winner.model));
        entries += fmt::format("{}\n  {{{}\n  }}", entries.empty() ? "" : ",", members);
    }
    return entries.empty() ? "[]\n" : "[" + entries + "\n]\n";
}

}  // namespace espalier::host
