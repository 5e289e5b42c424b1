// SPDX-License-Identifier: Apache-2.0
#include "espalier/rng.hpp"

#include <cassert>
#include <cmath>
#include <numbers>

namespace espalier {
namespace {

constexpr std::uint64_t kGolden = 0x9e3779b97f4a7c15U;

std::uint64_t mixed(std::uint64_t z)
{
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
}

}  // namespace

Rng::Rng(std::uint64_t seed, std::string_view stream) : state_{mixed(mixed(seed + kGolden) ^ stable_hash(stream))} {}

std::uint64_t Rng::operator()()
{
    state_ += kGolden;
    return mixed(state_);
}

std::size_t Rng::below(std::size_t n)
{
    assert(n > 0);
    // Numbers below 2^64 mod n would make small results more likely; they are drawn again.
    const std::uint64_t reject = (0 - std::uint64_t{n}) % n;
    for (;;) {
        if (const std::uint64_t drawn = (*this)(); drawn >= reject)
            return drawn % n;
    }
}

double Rng::uniform()
{
    return static_cast<double>((*this)() >> 11) * 0x1p-53;
}

double Rng::normal()
{
    // Box and Muller; the second value is thrown away so that a copy of the state is the whole state.
    const double radius = std::sqrt(-2 * std::log(1 - uniform()));
    return radius * std::cos(2 * std::numbers::pi * uniform());
}

std::uint64_t stable_hash(std::string_view bytes, std::uint64_t start)
{
    for (const char c : bytes)
        start = (start ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
    return start;
}

}  // namespace espalier
