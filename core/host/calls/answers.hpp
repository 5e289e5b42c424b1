// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>
#include <utility>

#include "host/calls/evaluation_book.hpp"
#include "host/calls/key_numbers.hpp"

namespace espalier::host {

/// What a component has answered, by its keys.
class Answers {
public:
    std::size_t size() const { return keys_.size(); }
    bool contains(std::string_view key) const { return number_of(key).has_value(); }
    /// The answer to `key`, if there is one.
    std::optional<Evaluation> find(std::string_view key) const
    {
        const auto number = number_of(key);
        return number && answered(*number) ? std::optional(at(*number)) : std::nullopt;
    }

    std::optional<std::uint32_t> number_of(std::string_view key) const { return keys_.find(key); }
    /// The number of `key`, which is new or not. Good for this object only.
    std::uint32_t number(std::string_view key)
    {
        const std::uint32_t number = keys_.number(key);
        if (number == entries_.size())
            entries_.emplace_back();
        return number;
    }
    bool answered(std::uint32_t number) const { return entries_[number].answer != 0; }
    Evaluation at(std::uint32_t number) const { return answers_.at(entries_[number].answer - 1); }
    void keep(std::uint32_t number, const Evaluation& answer)
    {
        std::uint32_t& at = entries_[number].answer;
        if (at == 0)
            at = static_cast<std::uint32_t>(answers_.add({})) + 1;
        answers_.fill(at - 1, answer);
    }
    /// @return whether it was not paid for before
    bool pay(std::uint32_t number) { return !std::exchange(entries_[number].paid, true); }

private:
    struct Entry {
        std::uint32_t answer = 0;  // its number and one; 0: none yet
        bool paid = false;
    };
    KeyNumbers keys_;
    std::deque<Entry> entries_;
    EvaluationBook answers_;
};

}  // namespace espalier::host
