// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace espalier::cost_models {

/// A value and its derivative.
struct Slope {
    double value = 0, derivative = 0;
};

/// A ceiling that has derivatives (Yüzügüler et al., U-Boost NAS, ECCV 2022, equation 7): a generalised logistic step
/// at each integer from 0, sum over i of (1 + exp(-20 (x - i)) / 0.2)^-2. It lags the ceiling by about 1/8, so that it
/// underestimates just above an integer, and is 1/36 too large at one. In contrast to the authors' code, which sums 300
/// steps, there are as many as x needs.
/// @param x at least 0.
Slope smooth_ceiling(double x);

/// The ceiling, whose derivative is 0 wherever it has one.
Slope hard_ceiling(double x);

}  // namespace espalier::cost_models
