// SPDX-License-Identifier: Apache-2.0
#include "espalier/moo/variation.hpp"

#include <cmath>

#include "espalier/error.hpp"
#include "espalier/number_in.hpp"

namespace espalier::moo {
namespace {

Gene rounded(double value, std::uint32_t options)
{
    return static_cast<Gene>(std::clamp(std::nearbyint(value), 0., static_cast<double>(options - 1)));
}

void cross_uniformly(std::span<const Gene> mother, std::span<const Gene> father, std::span<Gene> first,
                     std::span<Gene> second, Rng& rng)
{
    for (std::size_t from = 0; from < mother.size(); from += 64) {
        const std::uint64_t bits = rng();
        const std::size_t count = std::min<std::size_t>(64, mother.size() - from);
        for (std::size_t i = 0; i < count; ++i) {
            const auto taken = static_cast<Gene>(0U - ((bits >> i) & 1U));  // all ones: exchanged
            const auto exchanged = static_cast<Gene>((mother[from + i] ^ father[from + i]) & taken);
            first[from + i] = mother[from + i] ^ exchanged;
            second[from + i] = father[from + i] ^ exchanged;
        }
    }
}

void check_probability(double value, const char* what)
{
    if (!(value >= 0 && value <= 1))
        throw Error(std::string("the probability of ") + what + " must lie between 0 and 1, not " +
                    std::to_string(value));
}

}  // namespace

const std::vector<std::string>& operators_names()
{
    static const std::vector<std::string> names{"discrete", "integer_05", "integer_06"};
    return names;
}

Operators operators_named(std::string_view name)
{
    const std::vector<std::string>& names = operators_names();
    for (std::size_t i = 0; i < names.size(); ++i)
        if (names[i] == name)
            return static_cast<Operators>(i);
    throw Error("there are no operators `" + std::string(name) + "`; there are discrete, integer_05, integer_06");
}

std::optional<double> probability_in(std::string_view text)
{
    const std::optional<double> value = number_in<double>(text);
    return value && *value >= 0 && *value <= 1 ? value : std::nullopt;
}

Gene polynomial_mutation(Gene gene, std::uint32_t options, double eta, double margin, double draw)
{
    const double low = -margin, range = static_cast<double>(options - 1) + 2 * margin;
    const double from_low = (gene - low) / range, to_high = 1 - from_low, root = 1 / (eta + 1);
    double move = 0;
    if (draw <= 0.5)
        move = std::pow(2 * draw + (1 - 2 * draw) * std::pow(1 - from_low, eta + 1), root) - 1;
    else
        move = 1 - std::pow(2 * (1 - draw) + 2 * (draw - 0.5) * std::pow(1 - to_high, eta + 1), root);
    return rounded(gene + move * range, options);
}

std::pair<Gene, Gene> simulated_binary_crossover(Gene a, Gene b, std::uint32_t options, double eta, double margin,
                                                 double draw)
{
    const double small = std::min(a, b), large = std::max(a, b), gap = large - small;
    const double low = -margin, high = static_cast<double>(options - 1) + margin;
    const auto spread = [&](double room) {
        const double beta = 1 + 2 * room / gap, alpha = 2 - std::pow(beta, -(eta + 1)), root = 1 / (eta + 1);
        return draw <= 1 / alpha ? std::pow(draw * alpha, root) : std::pow(1 / (2 - draw * alpha), root);
    };
    const double middle = (small + large) / 2;
    return {rounded(middle - spread(small - low) * gap / 2, options),
            rounded(middle + spread(high - large) * gap / 2, options)};
}

Breeder::Breeder(const GenomeSpace& space, const Variation& variation) : space_{space}, variation_{variation}
{
    check_probability(variation.crossover, "crossover");
    check_probability(variation.exchange, "exchange");
    check_probability(variation.steps, "steps");
    if (variation.mutation)
        check_probability(*variation.mutation, "mutation");
    if (!(variation.crossover_eta >= 0 && variation.mutation_eta >= 0))
        throw Error("the etas of crossover and mutation must not be negative");
}

void Breeder::cross(std::span<const Gene> mother, std::span<const Gene> father, std::span<Gene> first,
                    std::span<Gene> second, Rng& rng) const
{
    if (variation_.crossover < 1 && rng.uniform() >= variation_.crossover) {
        std::ranges::copy(mother, first.begin());
        std::ranges::copy(father, second.begin());
        return;
    }
    if (variation_.operators == Operators::discrete) {
        cross_uniformly(mother, father, first, second, rng);
        return;
    }
    const double margin = variation_.operators == Operators::integer_05 ? 0.5 : 0;
    const bool exchanges = rng.uniform() < variation_.exchange;
    for (std::size_t i = 0; i < mother.size(); ++i) {
        first[i] = mother[i];
        second[i] = father[i];
        if (mother[i] == father[i])
            continue;
        if ((rng() & 1U) == 0)
            continue;
        const auto [low, high] = simulated_binary_crossover(mother[i], father[i], space_.options[i],
                                                            variation_.crossover_eta, margin, rng.uniform());
        const bool exchanged = exchanges && (rng() & 1U) != 0;
        first[i] = exchanged ? high : low;
        second[i] = exchanged ? low : high;
    }
}

std::size_t Breeder::find_open(std::span<const Gene> genome)
{
    if (!space_.active && !open_.empty())
        return open_.size();
    if (space_.active) {
        active_.assign(genome.size(), 1);
        space_.active(genome, active_);
    }
    open_.clear();
    for (std::uint32_t i = 0; i < genome.size(); ++i) {
        if (space_.options[i] > 1 && (!space_.active || active_[i] != 0))
            open_.push_back(i);
    }
    return open_.size();
}

void Breeder::mutate_discrete(std::span<Gene> genome, Rng& rng)
{
    const std::size_t count = find_open(genome);
    if (count == 0)
        return;
    const double rate = variation_.mutation.value_or(std::max(1 / static_cast<double>(count), 0.02));
    if (rate <= 0)
        return;
    // The gap to the next mutating gene is geometric: one draw per mutation, not per gene.
    const double scale = rate < 1 ? 1 / std::log1p(-rate) : 0;
    for (double at = 0;; ++at) {
        at += std::floor(std::log1p(-rng.uniform()) * scale);
        if (at >= static_cast<double>(count))
            return;
        const std::uint32_t gene = open_[static_cast<std::size_t>(at)];
        change(genome, gene, rng);
    }
}

void Breeder::change(std::span<Gene> genome, std::uint32_t gene, Rng& rng) const
{
    const std::uint32_t last = space_.options[gene] - 1;
    const bool ordered = variation_.steps > 0 && !space_.ordinal.empty() && space_.ordinal[gene] != 0;
    if (ordered && rng.uniform() < variation_.steps) {
        const bool up = genome[gene] == 0 || (genome[gene] < last && (rng() & 1U) != 0);
        genome[gene] = static_cast<Gene>(up ? genome[gene] + 1 : genome[gene] - 1);
        return;
    }
    const auto other = static_cast<Gene>(rng.below(last));
    genome[gene] = static_cast<Gene>(other + (other >= genome[gene] ? 1 : 0));
}

void Breeder::mutate(std::span<Gene> genome, Rng& rng)
{
    if (variation_.operators == Operators::discrete) {
        mutate_discrete(genome, rng);
        return;
    }
    const bool wide = variation_.operators == Operators::integer_05;
    const double per_gene = 1 / static_cast<double>(genome.size());
    if (!wide && rng.uniform() >= variation_.mutation.value_or(0.9))
        return;
    const double rate = wide ? variation_.mutation.value_or(per_gene) : std::min(0.5, per_gene);
    for (std::size_t i = 0; i < genome.size(); ++i) {
        if (rng.uniform() < rate && space_.options[i] > 1)
            genome[i] = polynomial_mutation(genome[i], space_.options[i], variation_.mutation_eta, wide ? 0.5 : 0,
                                            rng.uniform());
    }
}

bool Breeder::mutate_once(std::span<Gene> genome, Rng& rng)
{
    const std::size_t count = find_open(genome);
    if (count == 0)
        return false;
    change(genome, open_[rng.below(count)], rng);
    return true;
}

}  // namespace espalier::moo
