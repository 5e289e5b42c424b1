// SPDX-License-Identifier: Apache-2.0
#include "espalier/torch/training/schedule.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace espalier::torch_sdk {
namespace {

/// 1 at 0, 0 at 1 and behind.
double half_cosine(double part)
{
    return 0.5 * (1 + std::cos(std::numbers::pi * std::min(part, 1.0)));
}

}  // namespace

double Schedule::factor(double step, double steps) const
{
    if (step < warm_up)
        return step / warm_up;
    step -= warm_up;
    const double part = std::min(step / std::max(steps - warm_up, 1.0), 1.0);
    const auto from_end = [this](double height) { return end + (1 - end) * height; };
    switch (kind) {
        case Kind::constant:
            return 1;
        case Kind::linear:
            return from_end(1 - part);
        case Kind::cosine:
            return from_end(half_cosine(part));
        case Kind::step:
            return std::pow(gamma, std::floor(step / period));
        case Kind::cyclic:
            return from_end(1 - std::abs(2 * (step / period - std::floor(step / period)) - 1));
        case Kind::one_cycle:
            return from_end(part < rise ? 1 - half_cosine(part / rise) : half_cosine((part - rise) / (1 - rise)));
    }
    return 1;
}

}  // namespace espalier::torch_sdk
