// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <numeric>
#include <utility>

#include "espalier/moo/table.hpp"
#include "espalier/rng.hpp"

namespace espalier::moo {

/// Contestants of tournaments from random permutations: every member comes once before any comes again.
class Contestants {
public:
    void restart(std::size_t members)
    {
        order_.resize(members);
        std::iota(order_.begin(), order_.end(), 0U);
        at_ = members;
    }
    std::uint32_t next(Rng& rng)
    {
        if (at_ == order_.size()) {
            shuffle(order_, rng);
            at_ = 0;
        }
        return order_[at_++];
    }

private:
    Rows order_;
    std::size_t at_ = 0;
};

}  // namespace espalier::moo
