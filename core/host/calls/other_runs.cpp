// SPDX-License-Identifier: Apache-2.0
#include "host/calls/other_runs.hpp"

#include <algorithm>

#include "host/calls/call_runner.hpp"
#include "host/calls/phases.hpp"

namespace espalier::host {

OtherRuns::OtherRuns(std::span<const std::filesystem::path> directories, std::span<const std::string> fingerprints)
{
    for (const std::filesystem::path& directory : directories)
        add(directory, fingerprints);
}

void OtherRuns::add(const std::filesystem::path& directory, std::span<const std::string> fingerprints)
{
    const RunStore run = RunStore::read_only(directory);
    Offer& offer = offers_.emplace_back();
    offer.directory = directory;
    const auto is_asked = [&](const std::string& fingerprint) {
        return std::ranges::find(fingerprints, fingerprint) != fingerprints.end();
    };
    std::map<std::pair<std::string, int>, std::string> learnt;
    for (const StoredPhase& phase : run.phases()) {
        if (!phase.finished || phase.component.empty() || phase.history.empty())
            continue;
        if (phase.generation > 0)
            learnt[{phase.component, phase.generation}] = phase.history;
        phases_.try_emplace({phase.component, phase.history}, FoundPhase{directory, phase});
        offer.phases += is_asked(phase.component) ? 1 : 0;
    }
    run.for_each_result([&](const StoredResult& result) {
        offer.any = true;
        if (!is_asked(result.fingerprint) || timed_out(result.evaluation))
            return;
        std::string history;
        if (result.generation > 0) {
            const auto found = learnt.find({result.fingerprint, result.generation});
            if (found == learnt.end())
                return;
            history = found->second;
        }
        const bool is_new = results_[{result.fingerprint, history}].try_emplace(result.key, result.evaluation).second;
        ++offer.results;
        offer.added += is_new ? 1 : 0;
    });
}

const OtherRuns::Results* OtherRuns::results(const std::string& fingerprint, const std::string& history) const
{
    const auto found = results_.find({fingerprint, history});
    return found == results_.end() ? nullptr : &found->second;
}

const FoundPhase* OtherRuns::phase(const PhaseIdentity& identity) const
{
    if (identity.component.empty() || identity.history.empty())
        return nullptr;
    const auto found = phases_.find({identity.component, identity.history});
    return found == phases_.end() ? nullptr : &found->second;
}

}  // namespace espalier::host
