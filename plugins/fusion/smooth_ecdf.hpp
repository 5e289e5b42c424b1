// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vector>

namespace espalier::fusion {

/// Where a value stands among a frozen sample, continuous and without ties: for scores that are multiplied, and for
/// search, which works where everything is better than the sample.
///
/// With u_1 < .. < u_m the different finite members, n the size of the sample, members that are -infinity included, and
///   r_j = (members below u_j + (members equal to u_j + 1) / 2) / (n + 1)
///   between members   linear from r_j to r_(j+1)
///   above u_m         1 - (1 - r_m) exp(-(x - u_m) / (u_m - q90))
///   below u_1         max(floor, r_1 exp(-(u_1 - x) / (q10 - u_1)))
///   -infinity         floor = 1 / (2 (n + 1))
/// where q10 and q90 are quantiles of the finite members, linear between them, and widths are at least 1e-12. Strictly
/// increasing from u_1 on.
class SmoothEcdf {
public:
    /// @param sample in any order, finite or -infinity. @throws Error if no member is finite.
    explicit SmoothEcdf(std::vector<double> sample);

    double operator()(double x) const;  ///< in [floor, 1]
    /// Its natural logarithm, exact where the value itself is 1 but for rounding: still strictly increasing there.
    double log(double x) const;

private:
    struct Member {
        double value, rank;
    };
    /// 1 - value for x above the largest member.
    double above(double x) const;
    std::vector<Member> members_;  // different values, ascending
    double floor_, width_below_, width_above_;
};

}  // namespace espalier::fusion
