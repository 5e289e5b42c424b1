// SPDX-License-Identifier: Apache-2.0
#include "host/search/final_evaluations.hpp"

#include <filesystem>

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
    ThreadWorkers workers(asked.self().component->measures() ? 1 : services.experiment.execution.workers,
                          services.calls, services.experiment.execution.devices,
                          [&](const Task& task, Answer& answer) { components.record(task, answer); });
    try {
        return components.answers(asked, candidates, row, workers);
    } catch (...) {
        services.calls.end();  // the others need not finish
        throw;
    }
}

void evaluate_finally(std::span<StoredWinner> winners, AskedComponents& components, RunServices& services,
                      std::size_t row)
{
    std::vector<StoredWinner*> asked;
    std::vector<Candidate> candidates;
    for (StoredWinner& winner : winners) {
        winner.model = services.store->model(winner.name);
        if (!winner.architecture)
            continue;
        asked.push_back(&winner);
        candidates.emplace_back(services.space, *winner.architecture);
    }
    if (asked.empty())
        return;
    for (AskedComponent& final : components.finals) {
        const std::vector<Evaluation> found = answers(final, candidates, components, services, row);
        for (std::size_t i = 0; i < found.size(); ++i) {
            StoredWinner& winner = *asked[i];
            winner.final_metrics.insert(found[i].metrics.begin(), found[i].metrics.end());
            if (!found[i].ok())
                add_note(winner, final.self().name, found[i].reason);
            else if (winner.model.empty())
                save_model(final, candidates[i], winner, services, row);
        }
    }
    for (AskedComponent& verifier : components.verifiers) {
        const std::vector<Evaluation> found = answers(verifier, candidates, components, services, row);
        for (std::size_t i = 0; i < found.size(); ++i)
            add_verified(*asked[i], verifier.self().role + " '" + verifier.self().name + "'", found[i]);
    }
    for (StoredWinner* winner : asked)
        if (winner->verified)
            judge(*winner->verified, services.experiment.constraints);
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
        if (!winner.note.empty())
            add("note", text(winner.note));
        if (!winner.model.empty())
            add("model", text(winner.model));
        entries += fmt::format("{}\n  {{{}\n  }}", entries.empty() ? "" : ",", members);
    }
    return entries.empty() ? "[]\n" : "[" + entries + "\n]\n";
}

}  // namespace espalier::host
