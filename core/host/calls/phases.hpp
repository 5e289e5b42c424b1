// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>

#include "espalier/phase.hpp"

#include "host/calls/observer.hpp"
#include "host/store/store.hpp"

namespace espalier::host {

class OtherRuns;

/// Thrown through a component when it is to stop: Ctrl-C, or the time of this evaluation is over. No std::exception, so
/// that a component that turns those into failures does not swallow it.
struct Stopped {};

/// Which phase, and on what its random numbers depend.
struct PhaseIdentity {
    std::string name;    ///< unique in the run
    std::string stream;  ///< of the random numbers, with `seed`: the same in every run that may share the phase
    std::uint64_t seed = 0;
    std::string component;  ///< fingerprint; empty: the strategy's own
    std::string history;    ///< what the component has learnt when this is finished; empty: only this run knows
    int generation = 0;     ///< of the component when this is finished; 0: this trains no component
};

/// Makes the names of phases unique in a run, the same each time it is replayed: "train", "train (2)".
class PhaseNames {
public:
    std::string unique(std::string_view name);

private:
    std::map<std::string, int, std::less<>> times_;
};

/// What surrounds a phase.
struct Surroundings {
    std::function<bool()> stopped;  ///< asked between the steps and by them
    std::string device;             ///< that it may use
    std::size_t row = 0;            ///< the evaluation that its notes belong to
};

/// Runs long work step by step, saves it after the steps that are worth it under `phases/` of the run directory, and on
/// a resumed run goes on behind the last saved step. May be used from several threads, for different phases.
class PhaseRunner {
public:
    /// All are lent. Null `store`: nothing is saved.
    PhaseRunner(RunStore* store, const OtherRuns& others, Observer& observer);

    /// @throws Stopped if it is to stop; the step under way is then made again by the resumed run. @throws Error if a
    /// checkpoint cannot be written or loaded.
    void run(const PhaseIdentity&, Phase& work, const Surroundings&);
    bool has(const std::string& name);  ///< whether this run has saved something of it
    Observer& observer() const { return observer_; }

private:
    std::optional<StoredPhase> saved(const PhaseIdentity&);
    StoredPhase save(const PhaseIdentity&, const Phase& work, std::size_t steps, bool finished,
                     std::span<const NotedValue>);
    void load(Phase& work, const StoredPhase&, const std::filesystem::path& directory) const;

    RunStore* store_;
    const OtherRuns& others_;
    Observer& observer_;
    std::mutex mutex_;
    std::map<std::string, StoredPhase> phases_;
};

}  // namespace espalier::host
