// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "espalier/strategy.hpp"

#include "relaxed_search.hpp"

namespace espalier::u_boost {

/// Differentiable search of any space whose networks can be one, as DARTS (Liu, Simonyan and Yang, ICLR 2019) by its
/// first-order rule, with samples of Gumbel-softmax and the cost of the hardware in the loss: all decisions at once.
class Gradient final : public Strategy {
public:
    struct Options : SearchOptions {
        static void describe(Describe<Options>& d) { d.include<SearchOptions>(); }
    };
    Gradient(const Options& options, const Setup& setup) : options_{options}, partners_{options, setup} {}
    void search(Search&) override;
    bool announces_winners() const override { return true; }

private:
    Options options_;
    Partners partners_;
};

}  // namespace espalier::u_boost
