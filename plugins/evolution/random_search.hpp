// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "espalier/option.hpp"
#include "espalier/setup.hpp"
#include "espalier/strategy.hpp"

namespace espalier::evolution {

/// Uniformly random architectures until the budget is spent: the baseline that every method has to beat. One that was
/// drawn before costs nothing.
class Random final : public Strategy {
public:
    struct Options {
        int in_flight = 16;
        static void describe(Describe<Options>&);
    };
    Random(const Options& options, const Setup&) : options_{options} {}
    void search(Search&) override;

private:
    Options options_;
};

}  // namespace espalier::evolution
