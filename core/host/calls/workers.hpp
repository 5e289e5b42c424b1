// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "espalier/candidate.hpp"

#include "host/store/store.hpp"

namespace espalier::host {

/// What a component has learnt in this run.
struct Learnt {
    int round = 0;                 ///< how often
    std::string history;           ///< as a hash; empty: nothing
    bool shareable = true;         ///< other runs can tell whether they have learnt the same
    std::optional<Region> region;  ///< of the last training
};

/// A question to one component about a batch of candidates: plain data, so that it can be sent to another process that
/// has made the same components. One that is rounds behind makes the phase for the region and loads the checkpoint that
/// the store has under the component's fingerprint and round.
struct Task {
    std::string role;                      ///< whose question: "evaluator", "cost 0", "final 1"
    std::shared_ptr<const Learnt> learnt;  ///< what it must have learnt
    std::size_t row = 0;                   ///< the evaluation that its notes belong to
    double limit_s = 0;                    ///< for all candidates; 0: none
    std::vector<Candidate> candidates;     ///< travel as architectures; those without a space as networks
    std::vector<std::string> keys;         ///< the component's own, one a candidate
};

/// What became of a task, as plain data.
struct Answer {
    /// `apart`: the batch as a whole failed, so that nothing is known of any one. `stopped`: the run is to end.
    /// `impossible`: the component can evaluate nothing, see `error`.
    enum class Kind : std::uint8_t { evaluations, apart, stopped, impossible };
    Kind kind = Kind::evaluations;
    std::vector<Evaluation> evaluations = {};  ///< one a candidate, without architectures
    std::vector<NotedValue> notes = {};
    std::string error = {};
    std::chrono::nanoseconds took{0};
};

/// Who carries out tasks, here or elsewhere. Only the process that holds this object writes results down: a worker in
/// another one would also send what it saves of phases (`StoredPhase`, their notes) instead of recording it.
/// Used from one thread.
class Workers {
public:
    /// Told of each answer as soon as it is here, on any thread, whether or not somebody waits for it, so that what was
    /// computed is not lost if the process ends.
    using Arrived = std::function<void(const Task&, Answer&)>;

    virtual ~Workers() = default;
    virtual void start(Task) = 0;
    /// Whether `next` would not have to wait.
    virtual bool ready() = 0;
    /// The answer to whichever task ends first; waits for it. @throws Error if nothing is under way.
    virtual std::pair<Task, Answer> next() = 0;
};

}  // namespace espalier::host
