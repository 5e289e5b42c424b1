// SPDX-License-Identifier: Apache-2.0
#include "host/search/reuse_report.hpp"

#include <fmt/format.h>

namespace espalier::host {
namespace {

constexpr std::size_t kOwnLines = 8;

std::string counted(std::size_t count, const char* what)
{
    return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

std::string written(const Config& root, const char* key)
{
    const Config* value = root.find(key);
    return value != nullptr ? to_yaml(*value) : "";
}

/// Fingerprints are hashes: what differs behind them is looked for in both experiments and in the recorded hashes.
std::string why_nothing_fits(const OtherRuns::Offer& offer, const Experiment& experiment, const Components& parts)
{
    const RunStore other = RunStore::read_only(offer.directory);
    if (!offer.any)
        return "it has no results of an evaluator or of `final`";
    if (!experiment.evaluator && experiment.finals.empty())
        return "costs are priced anew, and there is neither an evaluator nor a `final`";
    Diagnostics ignored;
    const Config theirs = parse_config(other.experiment(), offer.directory.string(), ignored);
    const Config ours = parse_config(experiment.resolved, experiment.file.string(), ignored);
    std::string different;
    for (const char* key : {"space", "data", experiment.evaluator ? "evaluator" : "final"})
        if (written(theirs, key) != written(ours, key))
            different += fmt::format("{}`{}`", different.empty() ? "" : ", ", key);
    if (!different.empty())
        return "it has another " + different;
    for (const auto& [file, hash] : parts.file_hashes)
        if (const auto recorded = other.provenance("file." + file); recorded && *recorded != hash)
            return fmt::format("{} has other contents now", file);
    return "a plug-in has another version now, or it had learnt something else";
}

/// Offers of one line: of one run, or of the runs of a folder of seeds.
struct Together {
    std::filesystem::path directory;
    std::vector<const OtherRuns::Offer*> runs;
    std::size_t helpful = 0, results = 0, phases = 0;

    void add(const OtherRuns::Offer& offer)
    {
        runs.push_back(&offer);
        if (offer.results + offer.phases == 0)
            return;
        ++helpful;
        results += runs.size() > 1 ? offer.added : offer.results;
        phases += offer.phases;
    }
    std::string where() const { return (runs.size() == 1 ? runs.front()->directory : directory).string(); }
    std::string from() const
    {
        return runs.size() == 1 ? where() : fmt::format("{} of the {} runs in {}", helpful, runs.size(), where());
    }
};

std::vector<Together> gathered(std::span<const OtherRuns::Offer> offers)
{
    std::vector<Together> all;
    for (const OtherRuns::Offer& offer : offers) {
        const std::filesystem::path folder = offer.directory.parent_path();
        std::error_code none;
        const bool of_seeds = std::filesystem::exists(folder / "seeds", none);
        if (all.empty() || !of_seeds || all.back().directory != folder)
            all.push_back({of_seeds ? folder : offer.directory, {}});
        all.back().add(offer);
    }
    return all;
}

}  // namespace

std::vector<std::string> reuse_report(const OtherRuns& others, const Experiment& experiment, const Components& parts)
{
    std::vector<std::string> helpful, useless;
    std::size_t results = 0, runs = 0;
    for (const OtherRuns::Offer& offer : others.offers()) {
        results += offer.added;
        runs += offer.results + offer.phases > 0 ? 1 : 0;
    }
    for (const Together& together : gathered(others.offers())) {
        if (together.helpful > 0)
            helpful.push_back(
                fmt::format("reuse: {} can be taken over from {}",
                            counted(together.results, "result") +
                                (together.phases > 0 ? " and " + counted(together.phases, "finished phase") : ""),
                            together.from()));
        else
            useless.push_back(fmt::format("reuse: nothing can be taken over from {}: {}", together.where(),
                                          why_nothing_fits(*together.runs.front(), experiment, parts)));
    }
    if (helpful.size() > kOwnLines)
        helpful = {fmt::format("reuse: {} can be taken over from {} runs", counted(results, "result"), runs)};
    helpful.insert(helpful.end(), useless.begin(), useless.end());
    return helpful;
}

}  // namespace espalier::host
