// SPDX-License-Identifier: Apache-2.0
#include "requests.hpp"

#include <array>
#include <cmath>
#include <numbers>

namespace espalier::qos_nas {
namespace {

constexpr double kPi = std::numbers::pi;

const std::array<Distribution, 5> kDistributions{{
    {"uniform", 1, 1, [](double u) { return u; }, [](double p) { return p; }},
    {"beta1", 0.5, 0.5, [](double u) { return 2 / kPi * std::asin(std::sqrt(u)); },
     [](double p) { return std::pow(std::sin(kPi / 2 * p), 2); }},
    {"beta2", 1, 5, [](double u) { return 1 - std::pow(1 - u, 5); }, [](double p) { return 1 - std::pow(1 - p, 0.2); }},
    {"beta3", 3, 1, [](double u) { return u * u * u; }, [](double p) { return std::cbrt(p); }},
    {"beta4", 2, 2, [](double u) { return u * u * (3 - 2 * u); },
     [](double p) { return 0.5 - std::sin(std::asin(1 - 2 * p) / 3); }},
}};

}  // namespace

std::span<const Distribution> distributions()
{
    return kDistributions;
}

}  // namespace espalier::qos_nas
