// SPDX-License-Identifier: Apache-2.0
#include "espalier/moo/population.hpp"

#include "espalier/moo/crowding.hpp"
#include "espalier/moo/dominance.hpp"

namespace espalier::moo {

void Population::append(const Population& other, std::size_t row)
{
    genomes.append(other.genomes[row]);
    objectives.append(other.objectives[row]);
    violations.push_back(other.violations[row]);
    keys.push_back(other.keys[row]);
}

void Population::append(const Population& other)
{
    for (std::size_t row = 0; row < other.size(); ++row)
        append(other, row);
}

void Population::clear()
{
    genomes.clear();
    objectives.clear();
    violations.clear();
    keys.clear();
}

bool dominates(const Population& population, std::size_t a, std::size_t b)
{
    return dominates(population.objectives[a], population.violations[a], population.objectives[b],
                     population.violations[b]);
}

Rows best_first(const Population& population)
{
    const Fronts fronts(population.objectives, population.violations);
    Rows rows;
    std::vector<double> distances;
    for (std::size_t k = 0; k < fronts.count(); ++k) {
        distances.resize(fronts[k].size());
        crowding_distances(population.objectives, fronts[k], distances);
        std::vector<std::pair<double, std::uint32_t>> keyed;
        for (std::size_t i = 0; i < distances.size(); ++i)
            keyed.emplace_back(-distances[i], fronts[k][i]);
        std::ranges::sort(keyed);
        for (const auto& [distance, row] : keyed)
            rows.push_back(row);
    }
    return rows;
}

}  // namespace espalier::moo
