// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "host/calls/answers.hpp"
#include "host/calls/call_runner.hpp"
#include "host/calls/component_in_run.hpp"
#include "host/calls/other_runs.hpp"

namespace espalier::host {

/// What all components of a run work with. Lent; must outlive them.
struct RunServices {
    const Experiment& experiment;
    const SearchSpace& space;
    RunStore* store;  ///< null: nothing is kept
    const OtherRuns& others;
    PhaseRunner& phases;
    CallRunner& calls;

    /// Of this thread, whatever workers do.
    const std::string& device() const { return experiment.execution.device; }
    /// Of a phase that no worker runs. @param row the evaluation that its notes belong to
    Surroundings surroundings(std::size_t row) const
    {
        return {[this] { return calls.stopped(); }, device(), row};
    }
};

/// What the host does about a component that ignores its time limit: the failure is kept, so that the resumed run goes
/// on behind it, and the process ends. Of several candidates nobody knows which it was: none has failed, and the
/// resumed run asks that component about one at a time. See CallRunner::Overdue.
[[noreturn]] void give_up(RunStore*, const Task&, const std::string& fingerprint, const std::string& who);

/// The host's half of calls: a component and all that it has answered since it last learnt, so that nothing is asked
/// twice; retries, failures that end the run, records. Used from the strategy's thread.
class AskedComponent {
public:
    AskedComponent(ComponentInRun, RunServices&);

    /// An answer that this run has recorded before it was interrupted.
    void remember(const StoredResult&);

    std::string key(const Candidate&) const;
    /// Learns on the whole space unless it has learnt or has nothing to learn. Comes before everything below.
    void make_ready();
    /// Sees to it that `key` is or will be answered by workers, who get it when a batch is full or with `hand_over`.
    /// @return its number, good until the component learns or forgets.
    std::uint32_t start(const Candidate&, const std::string& key, std::size_t row, Workers&);
    void hand_over(Workers&);
    /// Writes down what workers have found out, but no failures, which may be tried again. From any thread.
    void record(const Task&, Answer&) const;
    /// What workers have answered to one of its tasks, after `record`. @throws Stopped
    void receive(const Task&, Answer, Workers&);
    bool answered(std::uint32_t number) const;
    /// Of a number that is answered. @throws Error if the run cannot go on.
    Evaluation answer(std::uint32_t number) const;
    std::optional<std::uint32_t> number_of(std::string_view key) const { return answers_.number_of(key); }
    /// Where there are too many prices; nobody may be waiting for one.
    void forget_old_prices();
    /// At once, on this thread. @throws Stopped, or Error if the run cannot go on.
    Evaluation ask(const Candidate&, std::size_t row);
    /// Marks a key as paid for. @return whether it was not before, since it last learnt.
    bool pay(const std::string& key) { return answers_.pay(answers_.number(key)); }

    bool trains() const { return self_.component->trains(); }
    /// Learns anew and forgets its answers: they came from other weights. Null `paths`: uniform in `region`.
    void learn(std::string_view name, const Region& region, Sampler paths, std::size_t row);
    /// Writes what it has learnt for a candidate, see Evaluator::save. @throws Stopped, or what the component throws.
    bool save(const Candidate&, const std::string& folder, std::size_t row);

    const ComponentInRun& self() const { return self_; }
    std::size_t calls() const { return calls_; }            ///< answers computed by this process
    std::size_t taken_over() const { return taken_over_; }  ///< answers that came from other runs

private:
    struct Running {
        int tries;          // left
        std::string error;  // why the run cannot go on
    };
    /// Its number in `answers_`, with the answer where somebody has it already.
    std::uint32_t known(const std::string& key);
    void begin(Task&, std::size_t row) const;  // about nobody yet
    void hold(const Candidate&, const std::string& key, std::size_t row, Workers&);
    int tries() const;
    bool again(const Evaluation&, int& tries) const;
    std::string abort_error(const Candidate&, const Evaluation&) const;
    void store(const Task&, std::size_t i, const Evaluation&, std::vector<NotedValue>&& notes) const;

    ComponentInRun self_;
    RunServices& services_;
    bool learnt_ = false;
    std::size_t calls_ = 0, taken_over_ = 0;
    Answers answers_;
    Answers older_;                                       // prices that a search of millions asked for before the last
    Task held_;                                           // started, and not yet with the workers
    Task alone_;                                          // what `ask` asked last: its room is used again
    std::unordered_map<std::uint32_t, Running> running_;  // by number in `answers_`; those held, too
    std::map<int, Answers> remembered_;                   // by round
    PhaseNames trainings_;
};

/// The components of an experiment, ready to be asked.
class AskedComponents {
public:
    AskedComponents(const Components&, RunServices&);
    std::vector<AskedComponent> costs, finals, verifiers;
    std::optional<AskedComponent> evaluator;

    void make_ready();  ///< costs and evaluator
    void record(const Task&, Answer&);
    /// Waits for one more answer and gives it to whom was asked. @throws Stopped
    void receive(Workers&);
    /// In the order of the candidates, by workers. @param row the evaluation that notes belong to
    std::vector<Evaluation> answers(AskedComponent&, std::span<const Candidate>, std::size_t row, Workers&);

private:
    AskedComponent& of(const std::string& role);
};

}  // namespace espalier::host
