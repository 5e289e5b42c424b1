// SPDX-License-Identifier: Apache-2.0
#include "espalier/moo/genome_space.hpp"

#include <cstring>
#include <string>

#include "espalier/error.hpp"

namespace espalier::moo {
namespace {

std::uint64_t stirred(std::uint64_t hash, std::uint64_t word)
{
    hash = (hash ^ word) * 0x9e3779b97f4a7c15U;
    return hash ^ (hash >> 29);
}

}  // namespace

std::uint64_t genome_hash(std::span<const Gene> genome)
{
    constexpr std::size_t kGenesPerWord = sizeof(std::uint64_t) / sizeof(Gene);
    std::uint64_t hash = genome.size();
    std::uint64_t word = 0;
    while (genome.size() >= kGenesPerWord) {
        std::memcpy(&word, genome.data(), sizeof word);
        hash = stirred(hash, word);
        genome = genome.subspan(kGenesPerWord);
    }
    if (!genome.empty()) {
        word = 0;
        std::memcpy(&word, genome.data(), genome.size_bytes());
        hash = stirred(hash, word);
    }
    hash = stirred(hash, 0x94d049bb133111ebU);
    return hash ^ (hash >> 32);
}

std::uint64_t GenomeSpace::key_of(std::span<const Gene> genome) const
{
    return key ? key(genome) : genome_hash(genome);
}

void GenomeSpace::draw(std::span<Gene> genome, Rng& rng) const
{
    for (std::size_t i = 0; i < genome.size(); ++i)
        genome[i] = static_cast<Gene>(rng.below(options[i]));
}

double GenomeSpace::size() const
{
    double product = 1;
    for (const std::uint32_t count : options)
        product *= count;
    return product;
}

void GenomeSpace::check() const
{
    if (options.empty())
        throw Error("a genome space needs at least one gene");
    for (std::size_t i = 0; i < options.size(); ++i) {
        if (options[i] < 1 || options[i] > 65'535)
            throw Error("gene " + std::to_string(i) + " has " + std::to_string(options[i]) +
                        " options; 1 to 65,535 are possible");
    }
    if (objectives < 1)
        throw Error("a search needs at least one objective");
    if (!ordinal.empty() && ordinal.size() != options.size())
        throw Error("it is said of " + std::to_string(ordinal.size()) + " genes whether they are ordinal; there are " +
                    std::to_string(options.size()));
    std::vector<bool> grouped(options.size(), false);
    for (const auto& group : groups)
        for (const std::uint32_t gene : group) {
            if (gene >= options.size() || grouped[gene])
                throw Error("gene " + std::to_string(gene) + " of a group does not exist or is in two groups");
            grouped[gene] = true;
        }
}

}  // namespace espalier::moo
