// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cmath>
#include <cstddef>
#include <limits>

namespace espalier::regression {

/// Mean and standard deviation of the values that are defined. With an infinite one among them the mean is that, of
/// both infinities there is none, and the deviation is not defined.
class Spread {
public:
    void add(double value)
    {
        if (std::isnan(value))
            return;
        ++n_;
        if (std::isinf(value)) {
            infinite_ += value;
            return;
        }
        const double delta = value - mean_;
        mean_ += delta / static_cast<double>(++finite_);
        squares_ += delta * (value - mean_);
    }
    std::size_t count() const { return n_; }
    /// NaN of nothing.
    double mean() const { return n_ == 0 ? kNaN : infinite_ == 0 ? mean_ : infinite_; }
    /// With n - 1; NaN of fewer than two.
    double deviation() const
    {
        return n_ > 1 && finite_ == n_ ? std::sqrt(squares_ / static_cast<double>(n_ - 1)) : kNaN;
    }

private:
    static constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
    std::size_t n_ = 0, finite_ = 0;
    double mean_ = 0, squares_ = 0;  // of the finite ones, and of their differences from it
    double infinite_ = 0;            // the sum of the others
};

}  // namespace espalier::regression
