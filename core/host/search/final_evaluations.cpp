// SPDX-License-Identifier: Apache-2.0
#include "host/search/final_evaluations.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace espalier::host {

std::vector<Evaluation> answers(AskedComponent& asked, std::span<const Candidate> candidates, Workplace& place,
                                std::size_t row)
{
    asked.make_ready();
    Executor executor(asked.taught().component->measures() ? 1 : place.experiment.execution.workers);
    try {
        for (const Candidate& candidate : candidates)
            asked.start(candidate, asked.key(candidate), row, executor);
        std::vector<Evaluation> result;
        for (const Candidate& candidate : candidates)
            result.push_back(asked.answer(asked.key(candidate)));
        return result;
    } catch (...) {
        place.calls.end();  // the others need not finish
        throw;
    }
}

void evaluate_finally(std::span<StoredWinner> winners, AskedComponents& components, Workplace& place, std::size_t row)
{
    std::vector<StoredWinner*> asked;
    std::vector<Candidate> candidates;
    for (StoredWinner& winner : winners)
        if (winner.architecture) {
            asked.push_back(&winner);
            candidates.emplace_back(place.space, *winner.architecture);
        }
    if (asked.empty())
        return;
    for (AskedComponent& final : components.finals) {
        const std::vector<Evaluation> found = answers(final, candidates, place, row);
        for (std::size_t i = 0; i < found.size(); ++i) {
            asked[i]->final_metrics.insert(found[i].metrics.begin(), found[i].metrics.end());
            if (!found[i].ok())
                asked[i]->note +=
                    fmt::format("{}{}: {}", asked[i]->note.empty() ? "" : "; ", final.taught().name, found[i].reason);
        }
    }
}

std::string winners_json(std::span<const StoredWinner> winners)
{
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const StoredWinner& winner : winners) {
        nlohmann::ordered_json entry{{"name", winner.name}, {"architecture", winner.text}, {"key", winner.key}};
        entry["metrics"] = winner.metrics;
        entry["final"] = winner.final_metrics;
        if (!winner.note.empty())
            entry["note"] = winner.note;
        list.push_back(std::move(entry));
    }
    return list.dump(2) + "\n";
}

}  // namespace espalier::host
