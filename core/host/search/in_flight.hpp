// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <deque>
#include <optional>
#include <string>

#include "host/calls/asked_component.hpp"
#include "host/search/pricer.hpp"
#include "host/search/search_budget.hpp"

namespace espalier::host {

/// One proposal, until it is collected.
struct Proposal {
    std::size_t row = 0;
    std::optional<StoredEvaluation> fresh;  ///< none: the row has been proposed before
    bool out_of_budget = false;             ///< it has no row
    std::optional<Pricing> pricing;         ///< until its evaluation is started
    std::optional<std::string> key;         ///< the evaluator's; it is to be asked
    std::optional<std::uint32_t> asked;     ///< it is, under this number
};

/// The proposals that are not collected yet, in their order. Each passes the cost models, is counted, and is then given
/// to the evaluator. Slow prices are found side by side, but whatever depends on an order, counting above all, is done
/// in that of proposal, so that nothing depends on how fast workers are.
class InFlight {
public:
    /// All are lent.
    InFlight(AskedComponents&, Pricer&, SearchBudget&, Workers&);

    bool empty() const { return proposals_.empty(); }
    std::size_t uncounted() const { return proposals_.size() - counted_; }
    /// Takes it as far as it goes without waiting.
    void add(Proposal&&);
    /// Waits until `uncounted` is less, if it is not 0.
    void count_one();
    /// Waits until every answer is there, from what the components have learnt by now.
    void settle_all();
    /// The oldest, with all that was found; waits.
    Proposal take_oldest();

private:
    void advance();
    void count(Proposal&);
    void start_evaluations();
    void wait();
    void settle(std::size_t i);

    AskedComponents& components_;
    Pricer& pricer_;
    SearchBudget& budget_;
    Workers& workers_;
    std::deque<Proposal> proposals_;
    // Nothing runs beside a measurement: evaluations then start when an answer is waited for, so that no price has to
    // wait for each of them.
    const bool measured_;
    std::size_t counted_ = 0, started_ = 0;  // of the proposals, from the oldest on
};

}  // namespace espalier::host
