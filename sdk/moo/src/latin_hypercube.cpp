// SPDX-License-Identifier: Apache-2.0
#include "latin_hypercube.hpp"

#include <numeric>

namespace espalier::moo {

Genomes latin_hypercube(const GenomeSpace& space, std::size_t count, Rng& rng)
{
    Genomes genomes(space.options.size(), count);
    Rows strata(count);
    for (std::size_t gene = 0; gene < space.options.size(); ++gene) {
        std::iota(strata.begin(), strata.end(), 0U);
        shuffle(strata, rng);
        const double options = space.options[gene];
        for (std::size_t row = 0; row < count; ++row) {
            const double place = (strata[row] + rng.uniform()) / static_cast<double>(count);
            genomes[row][gene] = static_cast<Gene>(std::min(place * options, options - 1));
        }
    }
    return genomes;
}

}  // namespace espalier::moo
