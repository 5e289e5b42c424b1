// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vector>

namespace espalier::fusion {

/// Where a value stands among a fixed sample x_1 .. x_n, on a scale that is alike for all metrics.
class Ecdf {
public:
    /// Never below this, so that a product with it tells two bad values apart.
    static constexpr double kFloor = 0.01;

    /// @param sample in any order, all finite. @throws Error if it is empty.
    explicit Ecdf(std::vector<double> sample);

    /// The empirical distribution function: rank / n, in [kFloor, 1]. Equal members share the mean of their ranks, a
    /// value between two members has the rank of the lower one, one beyond the largest has 1.
    double rank(double value) const;

    /// Strictly increasing in `value` wherever it is, positive, and equal to the mean rank / n at each member. With
    /// u_1 < .. < u_m the different members, p_i their mean ranks / n and q_1, q_3 the sample's quartiles:
    ///   between members   p_i + (p_i+1 - p_i) (v - u_i) / (u_i+1 - u_i)
    ///   beyond u_m        p_m + log(1 + (v - u_m) / s) / n,   s = u_m - q_3
    ///   below u_1         p_1 / (1 + (u_1 - v) / s),          s = q_1 - u_1
    /// where a spread s that is 0 is replaced by u_m - u_1, and that by 1.
    double strict_rank(double value) const;

private:
    struct Member {
        double value, rank;  // rank / n, the mean of equal members
        double last_rank;    // of the last of the equal members, / n
    };
    std::vector<Member> members_;  // different values, ascending
    double n_, spread_below_, spread_above_;
};

}  // namespace espalier::fusion
