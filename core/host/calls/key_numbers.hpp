// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "host/calls/number_table.hpp"

namespace espalier::host {

/// Numbers keys from 0 in the order in which they come. The texts lie one behind the other in few blocks.
class KeyNumbers {
public:
    std::size_t size() const { return keys_.size(); }
    std::optional<std::uint32_t> find(std::string_view key) const { return find(key, hash_(key)); }

    /// The number of `key`, a new one if it has none.
    std::uint32_t number(std::string_view key)
    {
        const std::size_t hash = hash_(key);
        if (const auto found = find(key, hash))
            return *found;
        const auto next = static_cast<std::uint32_t>(keys_.size());
        keys_.push_back(kept(key));
        table_.insert(hash, next);
        return next;
    }

private:
    static constexpr std::size_t kBlock = 65'536;

    std::optional<std::uint32_t> find(std::string_view key, std::size_t hash) const
    {
        return table_.find(hash, [&](std::uint32_t number) { return keys_[number] == key; });
    }

    std::string_view kept(std::string_view key)
    {
        if (blocks_.empty() || blocks_.back().capacity() - blocks_.back().size() < key.size())
            blocks_.emplace_back().reserve(std::max(kBlock, key.size()));
        std::string& block = blocks_.back();
        block.append(key);  // has room: earlier texts stay where they are
        return std::string_view(block).substr(block.size() - key.size());
    }

    std::hash<std::string_view> hash_;
    NumberTable table_;
    std::deque<std::string_view> keys_;
    std::deque<std::string> blocks_;
};

}  // namespace espalier::host
