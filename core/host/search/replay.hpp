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
    /// The store is lent.
    explicit Replay(RunStore&);

    bool has(std::size_t row) const { return row < rows_; }
    /// @throws Error if the run recorded another architecture, key or round there.
    StoredEvaluation row(std::size_t row, const Candidate&, int round);
    /// @throws Error unless the strategy, which ends after `rows`, has proposed all that is recorded.
    void require_end(std::size_t rows) const;
    /// Whether the strategy's next note is recorded.
    bool has_next_note() { return ++notes_ <= recorded_notes_; }

private:
    RunStore& store_;
    std::size_t rows_;
    std::vector<StoredEvaluation> page_;  // some of them, in order
    std::size_t notes_ = 0, recorded_notes_;
};

}  // namespace espalier::host
