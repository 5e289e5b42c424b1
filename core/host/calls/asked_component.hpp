// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <future>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "host/calls/answers.hpp"
#include "host/calls/component_calls.hpp"
#include "host/calls/executor.hpp"
#include "host/calls/other_runs.hpp"
#include "host/experiment/components.hpp"

namespace espalier::host {

/// What all components of a run work with. Lent; must outlive them.
struct Workplace {
    const Experiment& experiment;
    const SearchSpace& space;
    RunStore* store;  ///< null: nothing is kept
    const OtherRuns& others;
    PhaseRunner& phases;
    ComponentCalls& calls;
};

/// A component and all that it has answered since it last learnt: nothing is asked twice. Used from the strategy's
/// thread; only the evaluations themselves run elsewhere.
class AskedComponent {
public:
    AskedComponent(Taught, Workplace&);

    /// An answer that this run has recorded before it was interrupted.
    void remember(const StoredResult&);

    std::string key(const Candidate& c) const { return taught_.component->key(c); }
    /// Learns on the whole space unless it has learnt or has nothing to learn. Comes before everything below.
    void make_ready();
    /// Sees to it that `key` is or will be answered.
    void start(const Candidate&, const std::string& key, std::size_t row, Executor&);
    /// The answer to what was started; waits. @throws what the evaluation throws.
    Evaluation answer(const std::string& key);
    /// At once, on this thread.
    Evaluation ask(const Candidate&, std::size_t row);
    /// Marks a key as paid for. @return whether it was not before, since it last learnt.
    bool pay(const std::string& key) { return answers_.pay(answers_.number(key)); }

    bool trains() const { return taught_.component->trains(); }
    /// Learns anew and forgets its answers: they came from other weights. Null `paths`: uniform in `region`.
    void learn(std::string_view name, const Region& region, Sampler paths, std::size_t row);
    const Taught& taught() const { return taught_; }
    std::size_t calls() const { return calls_; }            ///< answers computed by this process
    std::size_t taken_over() const { return taken_over_; }  ///< answers that came from other runs

private:
    /// Its number in `answers_`, with the answer where somebody has it already.
    std::uint32_t known(const std::string& key);

    Taught taught_;
    Workplace& place_;
    bool learnt_ = false;
    std::size_t calls_ = 0, taken_over_ = 0;
    Answers answers_;
    Answers older_;  // prices that a search of millions asked for before the last ones
    std::unordered_map<std::uint32_t, std::shared_future<Evaluation>> running_;  // by number in `answers_`
    std::map<int, Answers> remembered_;                                          // by generation
    std::map<std::string, int, std::less<>> trainings_;                          // how often under each name
};

/// The components of an experiment, ready to be asked.
struct AskedComponents {
    AskedComponents(const Components&, Workplace&);
    std::vector<AskedComponent> costs, finals;
    std::optional<AskedComponent> evaluator;
};

}  // namespace espalier::host
