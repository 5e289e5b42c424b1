// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "host/store/store.hpp"

namespace espalier::host {

struct PhaseIdentity;

struct FoundPhase {
    std::filesystem::path directory;  ///< of the run
    StoredPhase phase;
};

/// What other runs have computed and this one may take over (`reuse:`): results of components with equal fingerprint
/// that had learnt the same, and finished phases of them.
class OtherRuns {
public:
    /// Results of other fingerprints are passed over. @throws Error if a directory holds no readable run.
    OtherRuns(std::span<const std::filesystem::path> directories, std::span<const std::string> fingerprints);

    /// What one of the directories has for this run.
    struct Offer {
        std::filesystem::path directory;
        std::size_t results = 0, phases = 0;
        std::size_t added = 0;  ///< results that no directory before it has
        bool any = false;       ///< it holds results, fitting or not
    };
    const std::vector<Offer>& offers() const { return offers_; }

    using Results = std::unordered_map<std::string, Evaluation>;  // by the component's key
    /// @param history what the component has learnt: empty for nothing yet. Null: there are none.
    const Results* results(const std::string& fingerprint, const std::string& history) const;
    /// A finished phase with the same component, history and stream of random numbers. Null: there is none.
    const FoundPhase* phase(const PhaseIdentity&) const;

private:
    void add(const std::filesystem::path& directory, std::span<const std::string> fingerprints);

    std::vector<Offer> offers_;
    std::map<std::pair<std::string, std::string>, Results> results_;
    std::map<std::pair<std::string, std::string>, FoundPhase> phases_;
};

}  // namespace espalier::host
