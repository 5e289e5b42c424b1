// SPDX-License-Identifier: Apache-2.0
#include "app/comparable.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "app/experiment_file.hpp"

namespace espalier::app {

namespace {

std::string section_text(const host::Experiment& experiment, const char* section)
{
    const Config* found = experiment.root.find(section);
    const bool empty = found == nullptr || found->type == Config::Type::null ||
                       (found->type == Config::Type::list && found->items.empty());
    return empty ? "" : to_yaml(*found);
}

}  // namespace

void require_alike(std::span<const GroupedRun> runs, bool in_objectives, bool in_space)
{
    const std::string first = runs.front().run.name, objectives = objectives_text(runs.front().experiment.objectives),
                      space = section_text(runs.front().experiment, "space");
    for (const GroupedRun& other : runs) {
        if (const std::string others = objectives_text(other.experiment.objectives);
            in_objectives && objectives != others)
            throw UsageError(
                fmt::format("{} and {} have other objectives ({} and {}): a hypervolume compares equal ones; "
                            "choose some that both measure with --objectives",
                            first, other.run.name, objectives, others));
        if (const std::string others = section_text(other.experiment, "space"); in_space && space != others)
            throw UsageError(
                fmt::format("{} and {} search other spaces ({} and {}); compare them all the same with --any-space",
                            first, other.run.name, space, others));
    }
}

void require_same_space(std::span<const host::NamedRun> runs, const host::Catalog& catalog)
{
    const std::string first = section_text(stored_experiment(runs.front().store, catalog), "space");
    for (const host::NamedRun& other : runs.subspan(1))
        if (const std::string others = section_text(stored_experiment(other.store, catalog), "space"); others != first)
            throw UsageError(fmt::format("{} and {} search other spaces ({} and {}): look at those of one space",
                                         runs.front().name, other.name, first, others));
}

std::vector<std::string> differences(std::span<const GroupedRun> runs)
{
    std::vector<std::string> sentences;
    for (const char* section : {"evaluator", "costs", "constraints"}) {
        const auto differs = [&, first = section_text(runs.front().experiment, section)](const GroupedRun& other) {
            return section_text(other.experiment, section) != first;
        };
        const auto other = std::ranges::find_if(runs, differs);
        if (other == runs.end())
            continue;
        const auto more = std::ranges::count_if(runs, differs) - 1;
        sentences.push_back(fmt::format("{} and {} have another `{}`{}: see that equal metrics mean the same",
                                        runs.front().run.name, other->run.name, section,
                                        more > 0 ? fmt::format(", and so have {} more", more) : std::string()));
    }
    return sentences;
}

std::string objectives_text(const std::vector<Objective>& objectives)
{
    std::vector<std::string> texts;
    texts.reserve(objectives.size());
    for (const Objective& objective : objectives)
        texts.push_back(objective.metric + (objective.maximise ? "=max" : "=min"));
    std::ranges::sort(texts);
    return fmt::format("{}", fmt::join(texts, ","));
}

}  // namespace espalier::app
