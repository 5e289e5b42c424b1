// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <span>
#include <vector>

#include "host/calls/asked_component.hpp"

namespace espalier::host {

/// An architecture on its way through the cost models, one after the other.
struct Pricing {
    Candidate candidate;
    std::size_t costs = 0;                    ///< that it has passed
    std::optional<std::uint32_t> begun = {};  ///< the next one is asked, under this number
};

/// Asks the cost models: slow ones through workers, others at once. Here a constraint drops a candidate.
class Pricer {
public:
    /// All are lent.
    Pricer(RunServices&, AskedComponents&, Workers&);

    std::size_t costs() const { return components_.costs.size(); }
    /// Takes it as far as it goes without waiting; `costs` is then that of the cost that it waits for, or `costs()`.
    /// @param most it does not begin costs behind this one
    /// @param found so far; not ok: nothing more is asked
    void advance(Pricing&, Evaluation& found, std::size_t row, std::size_t most);
    void hand_over();  ///< what was begun and waits for a fuller batch
    /// All costs of each, whatever a constraint says; waits. @throws Stopped
    std::vector<Evaluation> prices(std::span<const Architecture>, std::size_t row);
    /// Of one operator. @throws Error if no cost model can price it.
    Metrics prices(const Network& fragment, std::size_t row);
    void drop_if_infeasible(Evaluation&) const;

private:
    RunServices& services_;
    AskedComponents& components_;
    Workers& workers_;
};

/// Adds the metrics of `part`, and its failure.
void merge(Evaluation& whole, Evaluation part);

}  // namespace espalier::host
