// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "espalier/moo/genome_space.hpp"

namespace espalier::moo {

/// `count` genomes in which every option of a gene occurs equally often, up to one: per gene a random permutation of
/// `count` strata (McKay, Beckman, Conover, Technometrics 21(2), 1979). Keys may repeat.
Genomes latin_hypercube(const GenomeSpace& space, std::size_t count, Rng& rng);

}  // namespace espalier::moo
