// SPDX-License-Identifier: Apache-2.0
#include "random_search.hpp"

#include "espalier/search_space.hpp"

namespace espalier::evolution {

void Random::Options::describe(Describe<Options>& d)
{
    d("in_flight", &Options::in_flight, "architectures evaluated at the same time; changes nothing in the results")
        .range(1, 10'000);
}

void Random::search(Search& search)
{
    Rng rng = search.rng("random");
    const Region all(search.space().decisions());
    for (int flying = 0; search.remaining() > 0 || flying > 0; --flying) {
        for (; flying < options_.in_flight && search.remaining() > 0; ++flying)
            search.submit(random_architecture(all, rng));
        search.collect();
    }
}

}  // namespace espalier::evolution
