// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "espalier/component.hpp"
#include "espalier/search.hpp"

namespace espalier {

/// A search method. Its constructor sees the whole Setup and refuses, in a sentence, what it cannot work with.
class ESPALIER_API Strategy : public Component {
public:
    ~Strategy() override;
    /// Reads like the algorithm box of the paper. Returns when the budget is spent or the method is done.
    virtual void search(Search&) = 0;
    /// Whether it announces winners itself (`Search::winner`): an experiment then needs no objective and no reward.
    virtual bool announces_winners() const { return false; }
};

}  // namespace espalier
