// SPDX-License-Identifier: Apache-2.0
#include "gradient.hpp"

namespace espalier::u_boost {

void Gradient::search(Search& search)
{
    const SearchSpace& space = search.space();
    const std::size_t decisions = space.decisions().size();
    RelaxedSearch all("", space, Region(space.decisions()), options_, partners_, options_.epochs,
                      search.rng("gradient"));
    search.phase("search", all);
    const Architecture best = all.best(Architecture{std::vector<std::uint16_t>(decisions)});
    announce(search, best, all.timed_operations(best));
}

}  // namespace espalier::u_boost
