// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <vector>

namespace espalier::cost_models {

/// A set of decisions of one space.
class DecisionSet {
public:
    DecisionSet() = default;
    explicit DecisionSet(std::size_t decisions) : in_(decisions) {}
    void add(std::size_t decision) { in_.at(decision) = true; }
    void add(const DecisionSet& other)
    {
        for (std::size_t d = 0; d < in_.size(); ++d)
            in_[d] = in_[d] || other.in_[d];
    }
    bool contains(const DecisionSet& other) const
    {
        for (std::size_t d = 0; d < in_.size(); ++d)
            if (other.in_[d] && !in_[d])
                return false;
        return true;
    }
    bool empty() const
    {
        for (const bool in : in_)
            if (in)
                return false;
        return true;
    }
    template <class Use>
    void each(Use use) const
    {
        for (std::size_t d = 0; d < in_.size(); ++d)
            if (in_[d])
                use(d);
    }

private:
    std::vector<bool> in_;
};

}  // namespace espalier::cost_models
