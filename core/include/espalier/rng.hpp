// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include "espalier/export.hpp"

namespace espalier {

/// Random numbers that are the same with every standard library (SplitMix64; Steele, Lea and Flood, OOPSLA 2014).
/// Passed by reference; nothing is hidden. Satisfies UniformRandomBitGenerator.
class ESPALIER_API Rng {
public:
    using result_type = std::uint64_t;
    explicit Rng(std::uint64_t seed) : state_{seed} {}
    /// An independent stream per name: what a component draws for `stream` depends on these two only.
    Rng(std::uint64_t seed, std::string_view stream);

    static constexpr result_type min() { return 0; }
    static constexpr result_type max() { return ~result_type{0}; }
    std::uint64_t operator()();
    std::size_t below(std::size_t n);  ///< uniform in [0, n), without bias; n > 0
    double uniform();                  ///< uniform in [0, 1)
    double normal();                   ///< mean 0, variance 1

private:
    std::uint64_t state_;
};

/// Puts a random choice of `count` items to the front, in random order (Fisher and Yates, from the first item on).
template <class Items>
void choose(Items& items, std::size_t count, Rng& rng)
{
    for (std::size_t i = 0; i < count; ++i)
        std::swap(items[i], items[i + rng.below(items.size() - i)]);
}

/// Brings all items into random order (Fisher and Yates, from the last item on).
template <class Items>
void shuffle(Items& items, Rng& rng)
{
    for (std::size_t i = items.size(); i > 1; --i)
        std::swap(items[i - 1], items[rng.below(i)]);
}

/// 64-bit FNV-1a hash of `bytes`, continued from `start`. Stable across machines and versions: stored in files.
ESPALIER_API std::uint64_t stable_hash(std::string_view bytes, std::uint64_t start = 0xcbf29ce484222325U);

}  // namespace espalier
