// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <functional>
#include <optional>

namespace espalier::measured {

/// When to stop repeating.
struct Precision {
    double relative_error = 0.02;  ///< half the width of the median's confidence interval, over the median
    double confidence = 0.95;
    std::size_t minimum_repetitions = 20;
    double max_seconds = 5;  ///< of repeating, warm-up apart
};

struct Timing {
    double median_ms = 0;
    double p90_ms = 0;     ///< nine of ten repetitions were at least as fast
    double spread_ms = 0;  ///< between the first and third quartile
    std::size_t repetitions = 0;
    bool settled = false;  ///< there is an interval and it closed; false: `max_seconds` or `stopped` ended it
};

/// Indices in a sorted sample of `n` between which the median lies with at least this confidence, whatever the
/// distribution: the binomial order statistics (Le Boudec, Performance Evaluation of Computer and Communication
/// Systems, 2010, section 2.2.2), from n = 1,000 on by their normal approximation. None where `n` is too small: between
/// the smallest and the largest it lies with probability 1 - 2^(1 - n), so that 95 % need 6 and 99.99 % 15.
struct Interval {
    std::size_t low = 0, high = 0;
};
std::optional<Interval> median_interval(std::size_t n, double confidence);

/// Repeats `seconds`, which does the work once and says how long it took, until the median is known well enough.
Timing repeated(const std::function<double()>& seconds, const Precision&, const std::function<bool()>& stopped);

}  // namespace espalier::measured
