// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "espalier/strategy.hpp"

#include "batches.hpp"

namespace espalier::linas {

/// Predictors that are made once: validates random architectures, fits, searches the predictions, and validates the
/// predicted front with what is left of the budget. What LINAS is compared with: Cai, Gan, Wang, Zhang, Han,
/// "Once-for-All", ICLR 2020, has predictors of 1,000 samples.
class OneShotPredictor final : public Strategy {
public:
    struct Options : PredictionOptions {
        int samples = 1000;
        static void describe(Describe<Options>&);
    };
    /// @throws OptionError, or Error without objectives.
    OneShotPredictor(const Options&, const Setup&);
    /// @throws Error where the samples take the whole budget.
    void search(Search&) override;

private:
    Options options_;
    PredictionRules rules_;
    Targets targets_;
};

}  // namespace espalier::linas
