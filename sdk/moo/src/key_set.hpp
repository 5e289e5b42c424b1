// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <bit>
#include <cstdint>
#include <vector>

namespace espalier::moo {

/// A set of 64-bit keys in one block of memory, which is kept by `clear`.
class KeySet {
public:
    /// @return whether the key is new
    bool insert(std::uint64_t key)
    {
        if (2 * (count_ + 1) > slots_.size())
            grow();
        return place(key == 0 ? 1 : key);  // 0 marks a free slot
    }
    bool contains(std::uint64_t key) const
    {
        if (slots_.empty())
            return false;
        key = key == 0 ? 1 : key;
        for (std::size_t at = start(key);; at = (at + 1) & (slots_.size() - 1)) {
            if (slots_[at] == key || slots_[at] == 0)
                return slots_[at] == key;
        }
    }
    void clear()
    {
        slots_.assign(slots_.size(), 0);
        count_ = 0;
    }
    std::size_t size() const { return count_; }
    template <typename State>
    void exchange(State& state)
    {
        state(slots_);
        state(count_);
    }

private:
    std::size_t start(std::uint64_t key) const
    {
        return static_cast<std::size_t>((key * 0x9e3779b97f4a7c15U) >> 32) & (slots_.size() - 1);
    }
    bool place(std::uint64_t key)
    {
        for (std::size_t at = start(key);; at = (at + 1) & (slots_.size() - 1)) {
            if (slots_[at] == key)
                return false;
            if (slots_[at] == 0) {
                slots_[at] = key;
                ++count_;
                return true;
            }
        }
    }
    void grow()
    {
        std::vector<std::uint64_t> old(slots_.empty() ? 256 : 2 * slots_.size(), 0);
        old.swap(slots_);
        count_ = 0;
        for (const std::uint64_t key : old) {
            if (key != 0)
                place(key);
        }
    }

    std::vector<std::uint64_t> slots_;
    std::size_t count_ = 0;
};

}  // namespace espalier::moo
