// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "espalier/moo/table.hpp"

namespace espalier::moo {

/// Genomes with what is known of them, row by row.
struct Population {
    Genomes genomes;                  ///< `[individuals][genes]`
    Points objectives;                ///< `[individuals][objectives]`
    std::vector<double> violations;   ///< 0: feasible
    std::vector<std::uint64_t> keys;  ///< of `GenomeSpace::key`

    Population() = default;
    Population(std::size_t genes, std::size_t objective_count) : genomes(genes), objectives(objective_count) {}

    std::size_t size() const { return violations.size(); }
    bool empty() const { return violations.empty(); }
    void append(const Population& other, std::size_t row);
    void append(const Population& other);
    void clear();
    bool operator==(const Population&) const = default;
};

/// Whether row `a` dominates row `b`, feasibility first.
bool dominates(const Population& population, std::size_t a, std::size_t b);

/// All rows, best first: by front, within a front by crowding distance, the larger first.
Rows best_first(const Population& population);

}  // namespace espalier::moo
