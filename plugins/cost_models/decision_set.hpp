// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace espalier::cost_models {

/// A set of decisions of one space. Sets that meet are of the same space.
class DecisionSet {
public:
    DecisionSet() = default;
    explicit DecisionSet(std::size_t decisions) : words_((decisions + kBits - 1) / kBits) {}
    void add(std::size_t decision) { words_.at(decision / kBits) |= std::uint64_t{1} << decision % kBits; }
    void add(const DecisionSet& other)
    {
        for (std::size_t w = 0; w < words_.size(); ++w)
            words_[w] |= other.words_[w];
    }
    bool contains(const DecisionSet& other) const
    {
        for (std::size_t w = 0; w < words_.size(); ++w)
            if ((other.words_[w] & ~words_[w]) != 0)
                return false;
        return true;
    }
    bool empty() const
    {
        return std::all_of(words_.begin(), words_.end(), [](std::uint64_t word) { return word == 0; });
    }
    /// Calls `use(decision)` for each, ascending.
    template <class Use>
    void each(Use use) const
    {
        for (std::size_t d = 0; d < words_.size() * kBits; ++d)
            if ((words_[d / kBits] >> d % kBits & 1) != 0)
                use(d);
    }

private:
    static constexpr std::size_t kBits = 64;
    std::vector<std::uint64_t> words_;
};

}  // namespace espalier::cost_models
