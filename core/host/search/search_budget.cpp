// SPDX-License-Identifier: Apache-2.0
#include "host/search/search_budget.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>

namespace espalier::host {
namespace {

constexpr std::size_t kStaleProposals = 1000;
constexpr std::size_t kUnpaidRows = 100'000;
constexpr std::size_t kUnpaidMeasuredRows = 1000;  // of which each takes about a second
constexpr std::size_t kFailures = 1000;

}  // namespace

SearchBudget::SearchBudget(const Budget& budget, RunStore& store, Observer& observer, bool measured)
    : budget_{budget}, time_{budget.minutes, store}, observer_{observer}, measured_{measured}
{
}

std::size_t SearchBudget::most_unpaid() const
{
    return measured_ && spent_ == 0 ? kUnpaidMeasuredRows : kUnpaidRows;
}

std::size_t SearchBudget::remaining(bool replaying)
{
    if (time_.spent(replaying) || exhausted_)
        return 0;
    const auto& evaluations = budget_.evaluations;
    return evaluations ? *evaluations - std::min(spent_, *evaluations) : std::numeric_limits<std::size_t>::max();
}

bool SearchBudget::depends_on(std::size_t uncounted) const
{
    return uncounted > 0 && budget_.evaluations && !exhausted_ &&
           (spent_ + uncounted >= *budget_.evaluations || unpaid_ + uncounted >= most_unpaid());
}

std::string SearchBudget::why_none_remains() const
{
    if (exhausted_)
        return "the search has ended: nothing new was proposed, or everything failed";
    if (budget_.evaluations && spent_ >= *budget_.evaluations)
        return fmt::format("the budget of {} evaluations is spent", *budget_.evaluations);
    return fmt::format("the budget of {} minutes is spent", budget_.minutes.value_or(0));
}

void SearchBudget::proposed_again()
{
    if (++stale_ == kStaleProposals)
        end("the search ends: 1,000 proposals in a row held no new architecture");
}

bool SearchBudget::count(bool paid)
{
    spent_ += paid ? 1 : 0;
    unpaid_ = paid ? 0 : unpaid_ + 1;
    if (unpaid_ >= most_unpaid() && budget_.evaluations)
        end(unpaid_ < kUnpaidRows ? "the search ends: the costs of the first 1,000 architectures were measured, and "
                                    "none of them could be "
                                    "evaluated"
                                  : "the search ends: 100,000 architectures in a row led to no evaluation");
    return paid;
}

std::size_t SearchBudget::collected(bool spent, const Evaluation& evaluation)
{
    const std::string why = evaluation.status == Status::failed ? evaluation.reason : "";
    failures_ = why.empty() ? 0 : why == failure_ ? failures_ + 1 : 1;
    failure_ = why;
    if (failures_ == kFailures)
        end("the search ends: 1,000 architectures in a row failed alike: " + failure_);
    return collected_ += spent ? 1 : 0;
}

void SearchBudget::begin_round()
{
    stale_ = unpaid_ = failures_ = 0;
    failure_.clear();
    exhausted_ = false;
}

void SearchBudget::end(const std::string& sentence)
{
    if (!std::exchange(exhausted_, true))
        observer_.message(sentence);
}

}  // namespace espalier::host
