// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "espalier/moo/table.hpp"
#include "espalier/rng.hpp"

namespace espalier::moo {

/// What an optimiser knows of the space it searches. The functions must be pure.
struct GenomeSpace {
    std::vector<std::uint32_t> options;  ///< per gene, 1 to 65,535
    std::size_t objectives = 2;          ///< all minimised
    /// Per gene, 1: neighbouring options are alike, see `Variation::steps`. Not set: no gene is ordinal.
    std::vector<std::uint8_t> ordinal = {};
    /// Genes that belong together, such as kernel and expansion of a block: `constrained_ga` redraws them together.
    /// Genes in no group stand alone. Not set: all do.
    std::vector<std::vector<std::uint32_t>> groups = {};

    /// Equal for genomes that are the same candidate; optimisers drop duplicates by it. Not set: a hash of the genome.
    /// Two candidates whose 64-bit keys collide by chance (1 in 10^19) count as one.
    std::function<std::uint64_t(std::span<const Gene>)> key = {};
    /// Sets 1 for genes that matter in this genome, 0 for others: those do not mutate. Not set: all matter.
    std::function<void(std::span<const Gene>, std::span<std::uint8_t>)> active = {};
    /// How far a genome is from meeting a constraint that is known without evaluation, 0: met. Only `constrained_ga`
    /// asks; the others learn of violations through `tell`. Not set: no such constraint.
    std::function<double(std::span<const Gene>)> violation = {};

    std::uint64_t key_of(std::span<const Gene> genome) const;
    /// Every gene uniform.
    void draw(std::span<Gene> genome, Rng& rng) const;
    /// How many genomes; may be beyond any integer.
    double size() const;
    /// @throws Error if there is no gene, a number of options out of range, no objective, a gene in two groups, or if
    /// `ordinal` has another length than `options`.
    void check() const;
};

/// 64-bit hash of a genome; not stable across versions.
std::uint64_t genome_hash(std::span<const Gene> genome);

}  // namespace espalier::moo
