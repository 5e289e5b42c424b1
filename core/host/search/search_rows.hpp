// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>

#include "host/calls/evaluation_book.hpp"
#include "host/calls/number_table.hpp"

namespace espalier::host {

/// The architectures of a search in the order of proposal, a row each. In a round, between two trainings, none has two.
class SearchRows {
public:
    explicit SearchRows(std::size_t decisions) : rows_{decisions} {}

    std::size_t size() const { return rows_.size(); }
    /// Its row in this round.
    std::optional<std::uint32_t> find(const Architecture& architecture) const
    {
        return table_.find(std::hash<Architecture>{}(architecture),
                           [&](std::size_t row) { return rows_.is(row, architecture); });
    }
    void add(const Architecture& architecture)
    {
        if (std::exchange(new_round_, false))
            first_of_last_round_ = size();
        table_.insert(std::hash<Architecture>{}(architecture), static_cast<std::uint32_t>(rows_.add(architecture)));
    }
    void fill(std::size_t row, const Evaluation& evaluation) { rows_.fill(row, evaluation); }
    Evaluation at(std::size_t row) const { return rows_.at(row); }

    void begin_round()
    {
        ++round_;
        new_round_ = true;
        table_.clear();
    }
    int round() const { return round_; }
    /// Of the last round that has a row.
    std::size_t first_of_last_round() const { return first_of_last_round_; }
    /// Nothing may be added afterwards.
    EvaluationBook take()
    {
        table_.clear();
        return std::exchange(rows_, EvaluationBook{});
    }

private:
    EvaluationBook rows_;
    NumberTable table_;  // of this round
    int round_ = 0;
    bool new_round_ = true;
    std::size_t first_of_last_round_ = 0;
};

}  // namespace espalier::host
