// SPDX-License-Identifier: Apache-2.0
#include "host/search/replay.hpp"

#include <cmath>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "espalier/error.hpp"

namespace espalier::host {
namespace {

constexpr std::size_t kReadAtOnce = 4096;  // rows

bool equal(const NotedValue& recorded, std::string_view series, double value)
{
    return recorded.series == series && (recorded.value == value || (std::isnan(recorded.value) && std::isnan(value)));
}

}  // namespace

Replay::Replay(RunStore& store, std::string strategy, bool other_budget)
    : store_{store},
      strategy_{std::move(strategy)},
      other_budget_{other_budget},
      rows_{store.evaluations()},
      recorded_notes_{store.strategy_notes()}
{
}

void Replay::refuse_budget(const std::string& how) const
{
    throw Error(
        fmt::format("strategy '{}' cannot go on with another budget: {}, because what it does depends on the "
                    "whole budget, as rounds and schedules do. The run is left as it was; a new one with "
                    "`reuse: [{}]` takes over what this one has evaluated.",
                    strategy_, how, std::filesystem::absolute(store_.directory()).string()));
}

void Replay::diverged(std::size_t row, const std::string& how) const
{
    const std::string found = fmt::format("replay diverged at evaluation {}: the run recorded {}", row, how);
    if (other_budget_)
        refuse_budget(found);
    throw Error(found + "; a plug-in has changed, or the strategy draws random numbers of its own.");
}

StoredEvaluation Replay::row(std::size_t row, const Candidate& proposed, int round)
{
    if (page_.empty() || row > page_.back().index)
        page_ = store_.evaluations(row, kReadAtOnce);
    const StoredEvaluation& recorded = page_.at(row - page_.front().index);
    const Architecture& architecture = recorded.evaluation.architecture;
    if (architecture != proposed.architecture() || recorded.key != proposed.key() || recorded.round != round)
        diverged(row,
                 fmt::format("'{}' (key {}) there, now the strategy proposes '{}' (key {})", to_string(architecture),
                             recorded.key, to_string(proposed.architecture()), proposed.key()));
    return recorded;
}

void Replay::require_end(std::size_t rows) const
{
    if (has(rows))
        diverged(rows, fmt::format("{} evaluations, now the strategy ends here", rows_));
}

bool Replay::note(std::string_view series, double value, std::size_t row)
{
    const bool recorded = notes_ < recorded_notes_.size();
    if (recorded && (!other_budget_ || equal(recorded_notes_[notes_], series, value)))
        return ++notes_, true;
    if (other_budget_ && has(row))
        diverged(row, fmt::format("{} there, now the strategy notes '{}' = {}",
                                  recorded ? fmt::format("'{}' = {}", recorded_notes_[notes_].series,
                                                         recorded_notes_[notes_].value)
                                           : "no note",
                                  series, value));
    return false;
}

}  // namespace espalier::host
