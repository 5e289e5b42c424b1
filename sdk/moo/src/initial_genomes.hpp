// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>

#include "espalier/moo/genome_space.hpp"

#include "key_set.hpp"

namespace espalier::moo {

/// Uniformly random genomes whose keys are new. Refills what pymoo would leave out: an initial population is complete
/// whenever the space holds that many.
class InitialGenomes {
public:
    explicit InitialGenomes(const GenomeSpace& space) : space_{space}, genome_(space.options.size()) {}

    /// The key goes into `seen`. Nothing if no new key was found: proven where the space is small, likely elsewhere.
    std::optional<std::span<const Gene>> draw(KeySet& seen, Rng& rng);

private:
    const GenomeSpace& space_;
    std::vector<Gene> genome_;
};

}  // namespace espalier::moo
