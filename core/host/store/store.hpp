// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "espalier/evaluation.hpp"

namespace espalier::host {

class RunLock;

/// One row of `results --all`: a distinct architecture in the order it was proposed.
struct StoredEvaluation {
    std::size_t index = 0;  ///< from 0
    std::string key;        ///< of the search space
    Evaluation evaluation;
    bool evaluated = true;  ///< the evaluator was asked: not dropped by its costs
    int round = 0;          ///< how often `Search::train` had been called: rows of one round were scored alike
    bool spent = true;      ///< counted against the budget
};

/// What one component returned for one of its keys. The architecture is empty: several may have that key.
struct StoredResult {
    std::string fingerprint, key;
    int generation = 0;  ///< how often the component had been trained
    Evaluation evaluation;
};

struct StoredWinner {
    std::string name;
    std::optional<Architecture> architecture;
    std::string text, key;
    Metrics metrics;         ///< of the search
    Metrics final_metrics;   ///< of `final`
    std::string note;        ///< why a final metric is missing, or empty
    std::string model = {};  ///< folder with its trained weights, relative to the run directory; empty: none
    /// What the cost models under `verify` say, without the architecture. The reason has each constraint's verdict on
    /// it; `infeasible`: one is broken. None: the experiment verifies nothing, or this is no architecture.
    std::optional<Evaluation> verified = std::nullopt;
    bool runner_up = false;  ///< of a shortlist from which `final` chose another one
};

/// One point of a curve.
struct NotedValue {
    enum class Source : std::uint8_t { strategy, component, phase };
    std::string series;
    double value = 0;
    Source source = Source::strategy;
    std::size_t row = 0;  ///< the evaluation it belongs to, or how many there were
};

/// A phase as far as it is saved.
struct StoredPhase {
    std::string name;
    std::string component;  ///< fingerprint of the component that learns; empty: the strategy
    std::string history;    ///< what the component has learnt, this included, as a hash; empty: only this run knows
    int generation = 0;     ///< of the component when this is finished; 0: trains no component
    std::size_t steps = 0;  ///< made and saved
    bool finished = false;
    std::string checkpoint;  ///< folder relative to the run directory
};

enum class RunState : std::uint8_t { running, interrupted, finished, failed, nothing_feasible };

/// The durable memory of a run: `run.db` (SQLite, WAL) in the run directory, guarded by a lock that names its holder.
/// Writes are gathered into transactions of at most 256 evaluations or 20 ms of work, and committed at phases, stops
/// and destruction. May be used from several threads. @throws Error with one sentence for a full disk, a read-only
/// directory, a damaged file, or a directory in use by another process.
class RunStore {
public:
    /// Longer work than this is not risked: a slow evaluator's answers are committed one by one.
    static constexpr std::chrono::milliseconds kRisked{20};

    /// `fill` writes what belongs to the run from its first moment: a run is there with all of that or not at all.
    static RunStore create(const std::filesystem::path& directory, const std::string& resolved_experiment,
                           const std::function<void(RunStore&)>& fill = nullptr);
    /// Judged by its name, in a directory without a run: whether a stopped creation left it, for the next to replace.
    static bool is_left_over(const std::filesystem::path&);
    static RunStore open(const std::filesystem::path& directory);       ///< to resume: takes the lock
    static RunStore read_only(const std::filesystem::path& directory);  ///< for results, reuse, start: no lock
    RunStore(RunStore&&) noexcept;
    RunStore& operator=(RunStore&&) noexcept;
    ~RunStore();

    const std::filesystem::path& directory() const;
    bool log_was_cut()
        const;  ///< when it was opened to be resumed: the latest rows were lost by damage or power failure
    std::string experiment() const;                                          ///< the resolved YAML
    void set_provenance(const std::string& name, const std::string& value);  ///< versions, stamps, threads, data hashes
    std::optional<std::string> provenance(const std::string& name) const;
    /// All whose names begin like this, by the rest of their names.
    std::map<std::string, std::string> provenance_under(const std::string& prefix) const;
    void set_experiment(const std::string& resolved);
    /// The search goes on with another experiment behind what is recorded. What its former end alone left goes: all
    /// that the strategy noted after the first `notes` values, and the winners as soon as there are others.
    void extend(const std::string& resolved_experiment, std::size_t notes);
    RunState state() const;
    void set_state(RunState);

    void append(const StoredEvaluation&);
    /// With what the component noted meanwhile: a crash keeps both or neither.
    void append(const StoredResult&, std::span<const NotedValue> notes = {});
    void append(const NotedValue&);
    void commit();

    std::size_t evaluations() const;
    /// At most `most` rows from index `first` on, in order.
    std::vector<StoredEvaluation> evaluations(std::size_t first, std::size_t most) const;
    /// In the order of index.
    void for_each_evaluation(const std::function<void(const StoredEvaluation&)>&) const;
    void for_each_result(const std::function<void(const StoredResult&)>&) const;
    std::vector<NotedValue> notes(const std::string& series) const;
    std::vector<NotedValue> strategy_notes() const;                           ///< in the order in which they were made
    void for_each_note(const std::function<void(const NotedValue&)>&) const;  ///< in the order in which they were kept

    /// The phase has been saved in `checkpoint`, with `notes` of its latest step: durable when this returns, also
    /// against loss of power, so that the checkpoint before it may go.
    void set_phase(const StoredPhase&, std::span<const NotedValue> notes);
    std::vector<StoredPhase> phases() const;

    /// What has been written into their model folders belongs to them from now on.
    void set_winners(std::span<const StoredWinner>);
    std::vector<StoredWinner> winners() const;
    bool has_former_winners() const;  ///< `winners` are those of before the run was extended
    /// Where the trained weights of a winner are to be written that is not set yet.
    std::filesystem::path model_folder(std::string_view winner) const;
    /// Where in the run directory they are when it is set, if there are any; else empty.
    std::string model(std::string_view winner) const;
    /// What `Search::known` gives, copied from the run that this one starts from. Empty optional: not yet copied.
    void set_known(std::span<const Evaluation>);
    std::optional<std::vector<Evaluation>> known() const;

private:
    struct Impl;
    explicit RunStore(std::unique_ptr<Impl>);
    static RunStore open(const std::filesystem::path& directory, RunLock);
    void settle_winners();
    void forget_new_models();
    std::unique_ptr<Impl> impl_;
};

}  // namespace espalier::host
