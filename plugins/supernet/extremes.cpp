// SPDX-License-Identifier: Apache-2.0
#include "extremes.hpp"

#include <utility>

#include "espalier/counts.hpp"
#include "espalier/resolve.hpp"

namespace espalier::supernet {
namespace {

constexpr int kBeginnings = 8;

using Size = std::pair<double, double>;

Size size_of(const Network& super, const Architecture& architecture)
{
    const Network network = resolved(super, Region(architecture));
    return {macs(network), params(network)};
}

/// @param better whether its first size is preferred.
template <class Better>
std::pair<Architecture, Size> climbed(const Network& super, const Region& region, Architecture from,
                                      const Better& better)
{
    Size size = size_of(super, from);
    for (bool gained = true; gained;) {
        gained = false;
        for (std::size_t d = 0; d < region.decisions(); ++d) {
            if (region.options(d).size() == 1)
                continue;
            for (const std::uint16_t option : region.options(d)) {
                Architecture other = from;
                other.choices[d] = option;
                if (const Size of_other = size_of(super, other); better(of_other, size))
                    from = std::move(other), size = of_other, gained = true;
            }
        }
    }
    return {from, size};
}

template <class Better>
Architecture extreme(const Network& super, const Region& region, const Better& better)
{
    Rng rng(0, "extremes");
    auto [best, size] = climbed(super, region, random_architecture(region, rng), better);
    for (int i = 1; i < kBeginnings; ++i) {
        auto [other, of_other] = climbed(super, region, random_architecture(region, rng), better);
        if (better(of_other, size))
            best = std::move(other), size = of_other;
    }
    return best;
}

}  // namespace

Extremes extremes(const Network& super, const Region& region)
{
    return {extreme(super, region, std::greater{}), extreme(super, region, std::less{})};
}

}  // namespace espalier::supernet
