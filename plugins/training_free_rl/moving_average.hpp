// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cmath>

namespace espalier::training_free_rl {

/// Exponential moving average of rewards, the baseline of REINFORCE. Divided by 1 - momentum^n, so that the first
/// values are not pulled towards 0 (as in Adam).
class MovingAverage {
public:
    explicit MovingAverage(double momentum) : momentum_{momentum} {}
    /// Takes one more value in. @return the average including it.
    double update(double value)
    {
        average_ = momentum_ * average_ + (1 - momentum_) * value;
        remaining_ *= momentum_;
        return average_ / (1 - remaining_);
    }

private:
    double momentum_, average_ = 0, remaining_ = 1;
};

}  // namespace espalier::training_free_rl
