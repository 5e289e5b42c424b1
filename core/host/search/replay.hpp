// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "espalier/candidate.hpp"

#include "host/store/store.hpp"

namespace espalier::host {

/// What a run had recorded when it was interrupted: the strategy must propose and note the same once more.
class Replay {
public:
    /// The store is lent. @param other_budget the run had another one: what the strategy does may depend on it.
    Replay(RunStore&, std::string strategy, bool other_budget);

    bool has(std::size_t row) const { return row < rows_; }
    /// @throws Error if the run recorded another architecture, key or round there.
    StoredEvaluation row(std::size_t row, const Candidate&, int round);
    /// @throws Error unless the strategy, which ends after `rows`, has proposed all that is recorded.
    void require_end(std::size_t rows) const;
    /// Whether the strategy's next note is recorded. @throws Error if another one is, before the last recorded row.
    bool note(std::string_view series, double value, std::size_t row);
    /// The recorded notes that were not made once more are none any more. @return how many were
    std::size_t forget_later_notes() { return recorded_notes_.resize(notes_), notes_; }
    /// @throws Error: the strategy cannot go on with this budget, because `how`.
    [[noreturn]] void refuse_budget(const std::string& how) const;

private:
    [[noreturn]] void diverged(std::size_t row, const std::string& how) const;

    RunStore& store_;
    std::string strategy_;
    bool other_budget_;
    std::size_t rows_;
    std::vector<StoredEvaluation> page_;  // some of them, in order
    std::vector<NotedValue> recorded_notes_;
    std::size_t notes_ = 0;
};

}  // namespace espalier::host
