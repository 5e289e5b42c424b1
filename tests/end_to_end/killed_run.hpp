// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <string>

#include <sys/types.h>

#include "core/app/shell.hpp"

/// How far a run is, as its store tells: steps of the evaluator's phases (networks of the reference set), evaluations,
/// epochs of the winners' trainings; steps of the strategy's own phases.
struct Progress {
    std::size_t reference = 0, evaluations = 0, final = 0, strategy = 0;
    std::size_t work() const { return reference + evaluations + final + strategy; }
};

/// Nothing while the process is just making the store.
Progress progress(const std::filesystem::path& run);

/// Kills seen so far that lie within 5 to 95 % of the work, and where. `in_save`: the half-written checkpoint was
/// there.
struct Tally {
    int kills = 0, in_reference = 0, in_search = 0, in_save = 0, in_final = 0;
    std::string text() const;
};

/// One run of the command that is killed (SIGKILL), resumed, killed...
class KilledRun {
public:
    /// @param all the work of the run that is not killed.
    KilledRun(const Shell& shell, std::string experiment, std::string run, std::size_t all);

    using Part = std::size_t Progress::*;
    /// Runs or resumes until `part` is at `step`, and at least one step behind where it was. Kills then.
    void kill_at(Part part, std::size_t step);
    /// The same, in the next save of a phase after that.
    void kill_in_save(Part part, std::size_t step);
    /// Lets it go on to its end. @return the exit status
    int finish();

    const Tally& tally() const { return tally_; }
    std::filesystem::path directory() const { return shell_.folder() / run_; }

private:
    void kill_when(const std::function<bool(const Progress&)>& moment, bool in_save);
    std::string arguments() const;
    /// A save takes a millisecond, so the process is stopped to see that it is in one. Goes on where it is not.
    bool stopped_in_save(pid_t child) const;
    bool saving() const;

    const Shell& shell_;
    std::string experiment_, run_;
    std::size_t all_;
    Tally tally_;
};
