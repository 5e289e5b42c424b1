// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "espalier/moo/genome_space.hpp"

namespace espalier::moo {

/// How children are made.
enum class Operators : std::uint8_t {
    /// Uniform crossover, each gene from either parent; a mutating gene takes another option, all equally likely.
    discrete,
    /// Simulated binary crossover and polynomial mutation on genes taken as reals and rounded, as in pymoo 0.5
    /// (`int_sbx`,
    /// `int_pm`): bounds half a unit wider, `mutation` is the probability of each gene. With few options a gene that
    /// mutates rarely changes: 1 in 90 at an edge of three.
    integer_05,
    /// The same as in pymoo 0.6: bounds as they are, `mutation` is the probability that an individual mutates at all,
    /// then
    /// each gene with min(0.5, 1 / genes). Genes with two options practically never change.
    integer_06,
};

struct Variation {
    Operators operators = Operators::discrete;
    double crossover = 0.9;  ///< probability that a pair is crossed; otherwise the children are copies
    /// See `Operators`. Not set: max(1 / active genes, 0.02) for discrete, 1 / genes for integer_05, 0.9 for
    /// integer_06.
    std::optional<double> mutation = {};
    /// discrete: probability that a mutating gene whose options are ordered (`GenomeSpace::ordinal`) goes to a
    /// neighbouring option instead of any other.
    double steps = 0;
    double crossover_eta = 15;  ///< integer_05 and integer_06: larger keeps children nearer their parents
    double mutation_eta = 20;   ///< the same of mutants
    /// integer_05 and integer_06: probability that a pair's children exchange new values, gene by gene with 1 / 2.
    /// Otherwise one child has all the smaller values, which is faster where optima lie at the ends of genes. pymoo
    /// 0.6.0.1 has 0.5.
    double exchange = 1;
};

/// "discrete", "integer_05", "integer_06".
const std::vector<std::string>& operators_names();
/// @throws Error for an unknown name, naming all.
Operators operators_named(std::string_view name);

/// The number that `text` is, if it is a probability, 0 to 1.
std::optional<double> probability_in(std::string_view text);

/// Makes children. Keeps its memory; one per optimiser.
class Breeder {
public:
    /// Refers to `space`, which must outlive this object.
    /// @throws Error for a probability outside [0, 1] or a negative eta.
    Breeder(const GenomeSpace& space, const Variation& variation);

    /// Two children, which may lie where the parents do not.
    void cross(std::span<const Gene> mother, std::span<const Gene> father, std::span<Gene> first,
               std::span<Gene> second, Rng& rng) const;
    void mutate(std::span<Gene> genome, Rng& rng);
    /// Exactly one active gene with a choice takes another option; false if there is none.
    bool mutate_once(std::span<Gene> genome, Rng& rng);

private:
    std::size_t find_open(std::span<const Gene> genome);
    void mutate_discrete(std::span<Gene> genome, Rng& rng);
    void change(std::span<Gene> genome, std::uint32_t gene, Rng& rng) const;

    const GenomeSpace& space_;
    Variation variation_;
    std::vector<std::uint32_t> open_;  ///< genes with a choice that matter now
    std::vector<std::uint8_t> active_;
};

/// What a gene selected for polynomial mutation becomes (Deb and Goyal, 1996, bounded form), for a uniform `draw`.
/// @param margin added to the gene's range on both sides: 0.5 for integer_05, 0 for integer_06
Gene polynomial_mutation(Gene gene, std::uint32_t options, double eta, double margin, double draw);

/// The two values that simulated binary crossover makes of two different ones (Deb and Agrawal, 1995, bounded form).
std::pair<Gene, Gene> simulated_binary_crossover(Gene a, Gene b, std::uint32_t options, double eta, double margin,
                                                 double draw);

}  // namespace espalier::moo
