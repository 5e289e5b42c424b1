// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "espalier/regression/table_view.hpp"

namespace espalier {
class SearchSpace;
}

namespace espalier::regression {

/// How a genome becomes a row of numbers. Every feature is 0 or 1, or a count.
enum class FeatureKind {
    plain,         ///< one-hot of every gene
    masked,        ///< one-hot of the genes that matter in this genome; the columns of the others are 0
    masked_depth,  ///< `masked`, and a column for every gene that can cease to matter, 1 where it has: it tells the
                   ///< depth
    pairwise,      ///< one-hot of every gene and of every pair of genes; for small spaces: the columns grow squarely
    counts,        ///< how often each option was taken among the genes that matter and are alike
    levels,        ///< `counts`, `masked` and pairs of genes that matter: what few examples do not tell apart, options
                   ///< and not places, takes the larger part; for small spaces
};

/// "plain", "masked", "masked_depth", "pairwise", "counts", "levels".
const std::vector<std::string>& feature_kind_names();
/// @throws Error naming the nearest name.
FeatureKind feature_kind(std::string_view name);

/// The columns of a space, fixed by the space alone: gene by gene, option by option (`masked_depth`: then "does not
/// matter"), behind them those of the pairs, and then those of the counts. At most one column of a gene is 1; alike
/// genes share the columns of counts.
///
/// `masked_depth` learns which genes can cease to matter from 1,024 random genomes, always the same ones; a gene that
/// does in none of them has no column for it.
class Features {
public:
    /// Sets 1 for genes that matter in this genome, 0 for others: as `moo::GenomeSpace::active`. Pure.
    using Active = std::function<void(std::span<const Gene>, std::span<std::uint8_t>)>;

    /// @param options_per_gene 1 to 65,533 each.
    /// @param active asked by all kinds but `plain` and `pairwise`; not set: every gene matters.
    /// @param alike a number for each gene, below the number of genes; those of the same number have the same options,
    /// and are counted together. Empty: no two are.
    /// @throws Error if there is no gene, a number of options is out of range, or alike genes differ in it.
    Features(std::vector<std::uint32_t> options_per_gene, FeatureKind kind, Active active = {},
             std::vector<std::uint32_t> alike = {});

    FeatureKind kind() const { return kind_; }
    std::size_t genes() const { return options_.size(); }
    std::size_t columns() const { return columns_; }
    /// `genome` has `genes()` values below their numbers of options, `row` has `columns()`.
    void encode(std::span<const Gene> genome, std::span<double> row) const;
    /// Row by row.
    std::vector<double> encode(Genomes genomes) const;

    // What the fast paths of `GenomePredictor` work on.

    /// Which of a gene's columns is 1, counted from its first.
    using Code = std::uint16_t;
    static constexpr Code kNothing = std::numeric_limits<Code>::max();  ///< none of them
    /// `codes` has `genes()` values.
    void codes(std::span<const Gene> genome, std::span<Code> codes) const;
    std::uint32_t options(std::size_t gene) const { return options_[gene]; }
    std::size_t first_column(std::size_t gene) const { return first_column_[gene]; }
    /// How many columns a gene has: its options, or one more.
    std::uint32_t gene_columns(std::size_t gene) const { return gene_columns_[gene]; }
    bool has_pairs() const { return !pair_column_.empty(); }
    /// With pairs, a < b: the pair's first column. The column of two options is this + option of a x options of b +
    /// option of b.
    std::size_t pair_column(std::size_t a, std::size_t b) const { return pair_column_[a * genes() + b]; }
    bool has_counts() const { return !count_column_.empty(); }
    /// With counts: where those of a gene's options begin.
    std::size_t count_column(std::size_t gene) const { return count_column_[gene]; }
    /// Whether every column is 0 or 1.
    bool binary() const { return !has_counts(); }

private:
    bool asks_what_matters() const;
    void add_pairs();
    void add_counts(std::vector<std::uint32_t> alike);
    std::vector<bool> can_cease_to_matter() const;

    std::vector<std::uint32_t> options_;
    FeatureKind kind_;
    Active active_;
    std::size_t columns_ = 0;
    std::vector<std::uint32_t> gene_columns_;
    std::vector<std::size_t> first_column_;
    std::vector<std::size_t> pair_column_;   // [genes][genes], upper triangle; empty: none
    std::vector<std::size_t> count_column_;  // empty: none
};

/// Of a space: genes matter as `SearchSpace::active` says, and are alike where their options have the same labels.
/// `space` must outlive them.
Features features_of(const SearchSpace& space, FeatureKind kind);

}  // namespace espalier::regression
