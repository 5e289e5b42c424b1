// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <string>

#include "host/calls/observer.hpp"
#include "host/experiment/experiment.hpp"
#include "host/search/time_budget.hpp"

namespace espalier::host {

/// What a search may still do: evaluations and minutes, and an end to one that finds nothing new. Rows are counted in
/// the order of proposal.
class SearchBudget {
public:
    /// All are lent. @param measured whether a cost is: a search that finds nothing feasible at all ends sooner then.
    SearchBudget(const Budget&, RunStore&, Observer&, bool measured);

    /// Evaluations left; 0: the search is to end. @param replaying what the strategy asks for is recorded: no time
    /// runs.
    std::size_t remaining(bool replaying);
    /// Whether `remaining` depends on what becomes of so many rows that are not counted yet.
    bool depends_on(std::size_t uncounted) const;
    std::string why_none_remains() const;

    void proposed_again();  ///< nothing new
    void proposed_new() { stale_ = 0; }
    /// @return `paid`: whether the next row spends an evaluation
    bool count(bool paid);
    /// What became of the next row. @return how much is spent by what was collected
    std::size_t collected(bool spent, const Evaluation&);
    void begin_round();
    void save() { time_.save(); }  ///< what an interruption would lose

private:
    void end(const std::string& sentence);
    std::size_t most_unpaid() const;

    const Budget& budget_;
    TimeBudget time_;
    Observer& observer_;
    const bool measured_;
    std::size_t spent_ = 0, collected_ = 0;
    std::size_t stale_ = 0, unpaid_ = 0;  // proposals without a new architecture, rows without a cost, in a row
    std::size_t failures_ = 0;            // in a row, for the same reason
    std::string failure_;
    bool exhausted_ = false;
};

}  // namespace espalier::host
