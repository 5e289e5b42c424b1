// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cmath>
#include <limits>

namespace espalier::host {

/// Mean and standard deviation of the values that are defined.
class Spread {
public:
    void add(double value)
    {
        if (std::isnan(value))
            return;
        n_ += 1;
        const double delta = value - mean_;
        mean_ += delta / n_;
        squares_ += delta * (value - mean_);
    }
    /// NaN of nothing.
    double mean() const { return n_ > 0 ? mean_ : std::numeric_limits<double>::quiet_NaN(); }
    /// With n - 1; NaN of fewer than two.
    double deviation() const
    {
        return n_ > 1 ? std::sqrt(squares_ / (n_ - 1)) : std::numeric_limits<double>::quiet_NaN();
    }

private:
    double n_ = 0, mean_ = 0, squares_ = 0;
};

}  // namespace espalier::host
