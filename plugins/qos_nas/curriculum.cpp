// SPDX-License-Identifier: Apache-2.0
#include "curriculum.hpp"

#include <algorithm>
#include <fstream>

#include "espalier/error.hpp"

namespace espalier::qos_nas {
namespace {

constexpr double kStart = 0.2, kAllFrom = 0.7;                            // of `linear`
constexpr double kStep = 0.02, kMet = 0.93, kReset = 0.85, kDecay = 0.9;  // of `adaptive`

}  // namespace

double Curriculum::share(double progress) const
{
    switch (kind_) {
        case Kind::linear:
            return std::min(1.0, kStart + (1 - kStart) * progress / kAllFrom);
        case Kind::adaptive:
            return state_.share;
        default:
            return 1;
    }
}

void Curriculum::observe(double met)
{
    state_.average = kDecay * state_.average + (1 - kDecay) * met;
    if (state_.average <= kMet)
        return;
    state_.share = std::min(1.0, state_.share + kStep);
    state_.average = kReset;
}

void Curriculum::save(const std::string& folder) const
{
    std::ofstream file(folder + "/curriculum");
    file.precision(17);
    file << state_.share << ' ' << state_.average << '\n';
}

void Curriculum::load(const std::string& folder)
{
    if (!(std::ifstream(folder + "/curriculum") >> state_.share >> state_.average))
        throw Error(folder + "/curriculum: is missing or damaged");
}

}  // namespace espalier::qos_nas
