// SPDX-License-Identifier: Apache-2.0
#include "host/search/in_flight.hpp"

#include <algorithm>
#include <utility>

namespace espalier::host {

InFlight::InFlight(AskedComponents& components, Pricer& pricer, SearchBudget& budget, Workers& workers)
    : components_{components},
      pricer_{pricer},
      budget_{budget},
      workers_{workers},
      measured_{
          std::ranges::any_of(components.costs, [](const auto& cost) { return cost.self().component->measures(); })}
{
}

void InFlight::add(Proposal&& proposal)
{
    while (workers_.ready())
        components_.receive(workers_);
    proposals_.push_back(std::move(proposal));
    advance();
}

/// A cost is begun for a proposal when it has been for all before it.
void InFlight::advance()
{
    std::size_t most = pricer_.costs();
    for (std::size_t i = counted_; i < proposals_.size(); ++i)
        if (std::optional<Pricing>& pricing = proposals_[i].pricing) {
            if (pricing->costs < most || !pricing->begun)
                pricer_.advance(*pricing, proposals_[i].fresh->evaluation, proposals_[i].row, most);
            most = std::min(most, pricing->costs);
        }
    for (; counted_ < proposals_.size(); ++counted_) {
        Proposal& oldest = proposals_[counted_];
        if (oldest.pricing && oldest.pricing->costs < pricer_.costs())
            break;
        if (oldest.pricing)
            count(oldest);
    }
    if (!measured_)
        start_evaluations();
}

void InFlight::count(Proposal& proposal)
{
    StoredEvaluation& row = *proposal.fresh;
    row.evaluated = row.evaluation.ok() && components_.evaluator;
    if (row.evaluated)
        proposal.key = components_.evaluator->key(proposal.pricing->candidate);
    row.spent =
        budget_.count(row.evaluated ? components_.evaluator->pay(*proposal.key) : !components_.evaluator.has_value());
}

void InFlight::start_evaluations()
{
    for (; started_ < counted_; ++started_) {
        Proposal& proposal = proposals_[started_];
        if (proposal.pricing && proposal.key)
            proposal.asked =
                components_.evaluator->start(proposal.pricing->candidate, *proposal.key, proposal.row, workers_);
        proposal.pricing.reset();
    }
}

void InFlight::wait()
{
    pricer_.hand_over();
    if (uncounted() == 0 && components_.evaluator)
        components_.evaluator->hand_over(workers_);
    components_.receive(workers_);
    advance();
}

void InFlight::count_one()
{
    const std::size_t before = counted_;
    advance();  // what was asked meanwhile may have brought the answers
    while (uncounted() > 0 && counted_ == before)
        wait();
}

void InFlight::settle(std::size_t i)
{
    advance();
    while (counted_ <= i)
        wait();
    if (proposals_[i].key)
        start_evaluations();
    while (proposals_[i].asked && !components_.evaluator->answered(*proposals_[i].asked))
        wait();
    proposals_[i].key.reset();
    if (const std::optional<std::uint32_t> asked = std::exchange(proposals_[i].asked, std::nullopt)) {
        Evaluation& whole = proposals_[i].fresh->evaluation;
        merge(whole, components_.evaluator->answer(*asked));
        pricer_.drop_if_infeasible(whole);
    }
}

void InFlight::settle_all()
{
    for (std::size_t i = 0; i < proposals_.size(); ++i)
        settle(i);
}

Proposal InFlight::take_oldest()
{
    settle(0);
    Proposal oldest = std::move(proposals_.front());
    proposals_.pop_front();
    --counted_;
    started_ -= started_ > 0 ? 1 : 0;
    return oldest;
}

}  // namespace espalier::host
