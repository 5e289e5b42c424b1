// SPDX-License-Identifier: Apache-2.0
#include "host/search/replay.hpp"

#include <fmt/format.h>

#include "espalier/error.hpp"

namespace espalier::host {
namespace {

constexpr std::size_t kReadAtOnce = 4096;  // rows

Error diverged(std::size_t row, const std::string& how)
{
    return Error(
        fmt::format("replay diverged at evaluation {}: the run recorded {}; a plug-in has changed, or the "
                    "strategy draws random numbers of its own.",
                    row, how));
}

}  // namespace

Replay::Replay(RunStore& store)
    : store_{store}, rows_{store.evaluations()}, recorded_notes_{store.noted(NotedValue::Source::strategy)}
{
}

StoredEvaluation Replay::row(std::size_t row, const Candidate& proposed, int round)
{
    if (page_.empty() || row > page_.back().index)
        page_ = store_.evaluations(row, kReadAtOnce);
    const StoredEvaluation& recorded = page_.at(row - page_.front().index);
    const Architecture& architecture = recorded.evaluation.architecture;
    if (architecture != proposed.architecture() || recorded.key != proposed.key() || recorded.round != round)
        throw diverged(
            row, fmt::format("'{}' (key {}) there, now the strategy proposes '{}' (key {})", to_string(architecture),
                             recorded.key, to_string(proposed.architecture()), proposed.key()));
    return recorded;
}

void Replay::require_end(std::size_t rows) const
{
    if (has(rows))
        throw diverged(rows, fmt::format("{} evaluations, now the strategy ends here", rows_));
}

}  // namespace espalier::host
