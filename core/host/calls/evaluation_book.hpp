// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <deque>
#include <map>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "espalier/evaluation.hpp"

namespace espalier::host {

/// Evaluations by number in little memory: a million of them fit where an `Evaluation` each would take a gigabyte.
/// Choices and values lie one behind the other; the names of metrics are kept once for all evaluations that have the
/// same ones.
class EvaluationBook {
public:
    /// @param decisions choices of every architecture; 0: of none
    explicit EvaluationBook(std::size_t decisions = 0) : decisions_{decisions} {}

    std::size_t size() const { return entries_.size(); }
    /// A new evaluation, of which nothing is known but its architecture. @return its number
    std::size_t add(const Architecture&);
    /// What became of it. Its architecture is not looked at.
    void fill(std::size_t number, const Evaluation&);
    Evaluation at(std::size_t number) const;
    bool is(std::size_t number, const Architecture&) const;

private:
    struct Entry {
        std::size_t values = 0;  // where they begin
        std::uint32_t names = 0;
        Status status = Status::ok;
    };
    std::uint32_t names_of(const Metrics&);

    std::size_t decisions_;
    std::deque<Entry> entries_;
    std::deque<std::uint16_t> choices_;
    std::deque<double> values_;
    std::vector<std::vector<std::string>> names_{{}};
    std::map<std::vector<std::string>, std::uint32_t> numbers_{{{}, 0}};  // of `names_`
    std::uint32_t latest_ = 0;                                            // of `names_`
    std::unordered_map<std::size_t, std::string> reasons_;                // where there is one
};

}  // namespace espalier::host
