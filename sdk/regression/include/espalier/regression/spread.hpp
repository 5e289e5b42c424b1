// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cmath>
#include <cstddef>
#include <limits>

namespace espalier::regression {

/// Mean and standard deviation of the values that are defined.
class Spread {
public:
    void add(double value)
    {
        if (std::isnan(value))
            return;
        const double delta = value - mean_;
        mean_ += delta / static_cast<double>(++n_);
        squares_ += delta * (value - mean_);
    }
    std::size_t count() const { return n_; }
    /// NaN of nothing.
    double mean() const { return n_ > 0 ? mean_ : std::numeric_limits<double>::quiet_NaN(); }
    /// With n - 1; NaN of fewer than two.
    double deviation() const
    {
        return n_ > 1 ? std::sqrt(squares_ / static_cast<double>(n_ - 1)) : std::numeric_limits<double>::quiet_NaN();
    }

private:
    std::size_t n_ = 0;
    double mean_ = 0, squares_ = 0;  // of the differences from the mean
};

}  // namespace espalier::regression
