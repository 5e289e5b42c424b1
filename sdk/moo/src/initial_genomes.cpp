// SPDX-License-Identifier: Apache-2.0
#include "initial_genomes.hpp"

namespace espalier::moo {
namespace {

constexpr int kDrawsInLargeSpaces = 1000;
constexpr double kSmallSpace = 1e5;  ///< gone through one by one when draws find nothing

}  // namespace

std::optional<std::span<const Gene>> InitialGenomes::draw(KeySet& seen, Rng& rng)
{
    const double size = space_.size();
    const int draws = size < kSmallSpace ? 20 : kDrawsInLargeSpaces;
    for (int i = 0; i < draws; ++i) {
        space_.draw(genome_, rng);
        if (seen.insert(space_.key_of(genome_)))
            return genome_;
    }
    if (size >= kSmallSpace)
        return {};
    for (std::size_t left = static_cast<std::size_t>(size); left > 0; --left) {
        if (seen.insert(space_.key_of(genome_)))
            return genome_;
        for (std::size_t i = 0; i < genome_.size() && ++genome_[i] == space_.options[i]; ++i)
            genome_[i] = 0;
    }
    return {};
}

}  // namespace espalier::moo
