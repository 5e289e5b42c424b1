// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "espalier/evaluation.hpp"

namespace espalier::host {

/// One row of `results --all`: a distinct architecture in the order it was proposed.
struct StoredEvaluation {
    std::size_t index = 0;  ///< from 0
    std::string key;        ///< of the search space
    Evaluation evaluation;
};

/// What one component returned for one of its keys.
struct StoredResult {
    std::string fingerprint, key;
    int generation = 0;  ///< how often the component had been trained
    Evaluation evaluation;
};

struct StoredWinner {
    std::string name;
    std::optional<Architecture> architecture;
    std::string text, key;
    Metrics metrics;        ///< of the search
    Metrics final_metrics;  ///< of `final`
    std::string note;       ///< why a final metric is missing, or empty
};

struct NotedValue {
    std::string series;
    double value;
};

enum class RunState : std::uint8_t { running, interrupted, finished, failed, nothing_feasible };

/// The durable memory of a run: `run.db` (SQLite, WAL) in the run directory, guarded by a lock that names its holder.
/// Writes are gathered into transactions of at most 256 evaluations and committed at phases, stops and destruction.
/// Used from one thread. @throws Error with one sentence for a full disk, a read-only directory, a damaged file, or a
/// directory in use by another process.
class RunStore {
public:
    static RunStore create(const std::filesystem::path& directory, const std::string& resolved_experiment);
    static RunStore open(const std::filesystem::path& directory);       ///< to resume: takes the lock
    static RunStore read_only(const std::filesystem::path& directory);  ///< for results, reuse, start: no lock
    RunStore(RunStore&&) noexcept;
    ~RunStore();

    const std::filesystem::path& directory() const;
    std::string experiment() const;                                          ///< the resolved YAML
    void set_provenance(const std::string& name, const std::string& value);  ///< versions, stamps, threads, data hashes
    std::optional<std::string> provenance(const std::string& name) const;
    RunState state() const;
    void set_state(RunState);

    void append(const StoredEvaluation&);
    void append(const StoredResult&);
    void append(const NotedValue&);
    void commit();

    std::size_t evaluations() const;
    /// In the order of index.
    void for_each_evaluation(const std::function<void(const StoredEvaluation&)>&) const;
    void for_each_result(const std::function<void(const StoredResult&)>&) const;
    std::vector<NotedValue> notes(const std::string& series) const;

    void set_winners(std::span<const StoredWinner>);
    std::vector<StoredWinner> winners() const;

private:
    struct Impl;
    explicit RunStore(std::unique_ptr<Impl>);
    std::unique_ptr<Impl> impl_;
};

}  // namespace espalier::host
