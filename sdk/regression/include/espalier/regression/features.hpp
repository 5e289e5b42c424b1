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

namespace espalier::regression {

/// How a genome becomes a row of numbers. Every feature is 0 or 1.
enum class FeatureKind {
    plain,         ///< one-hot of every gene
    masked,        ///< one-hot of the genes that matter in this genome; the columns of the others are 0
    masked_depth,  ///< `masked`, and once more the columns of the genes that decide whether others matter (depths)
    pairwise,      ///< one-hot of every gene and of every pair of genes; for small spaces: the columns grow squarely
};

/// "plain", "masked", "masked_depth", "pairwise".
const std::vector<std::string>& feature_kind_names();
/// @throws Error naming the nearest name.
FeatureKind feature_kind(std::string_view name);

/// The columns of a space, fixed by the space alone: gene by gene, option by option, then the blocks that the kind
/// adds. A row is known by its blocks: in each at most one column is 1.
class Features {
public:
    /// Sets 1 for genes that matter in this genome, 0 for others: as `moo::GenomeSpace::active`. Pure.
    using Active = std::function<void(std::span<const Gene>, std::span<std::uint8_t>)>;

    /// @param options_per_gene 1 to 65,534 each.
    /// @param active asked by the masked kinds only; not set: every gene matters.
    /// @throws Error if there is no gene or a number of options is out of range.
    Features(std::vector<std::uint32_t> options_per_gene, FeatureKind kind, Active active = {});

    FeatureKind kind() const { return kind_; }
    std::size_t genes() const { return options_.size(); }
    std::size_t columns() const { return columns_; }
    /// `genome` has `genes()` values below their numbers of options, `row` has `columns()`.
    void encode(std::span<const Gene> genome, std::span<double> row) const;
    /// Row by row.
    std::vector<double> encode(Genomes genomes) const;

    // What the fast paths of `GenomePredictor` work on.

    /// One code a block; the blocks of `pairwise` are the genes, of which it makes the pairs.
    using Code = std::uint16_t;
    static constexpr Code kNothing = std::numeric_limits<Code>::max();  ///< a block whose columns are all 0
    std::size_t blocks() const { return block_gene_.size(); }
    /// `codes` has `blocks()` values: the option of each block's gene, or `kNothing`.
    void codes(std::span<const Gene> genome, std::span<Code> codes) const;
    /// The column of option 0 of each block.
    const std::vector<std::size_t>& first_column() const { return first_column_; }
    /// `pairwise`: the first column of the pair (a, b), a < b; its columns are option of a x options of b + option of
    /// b.
    std::size_t pair_column(std::size_t a, std::size_t b) const;
    std::uint32_t options(std::size_t gene) const { return options_[gene]; }

private:
    std::vector<std::uint32_t> switches() const;

    std::vector<std::uint32_t> options_;
    FeatureKind kind_;
    Active active_;
    std::size_t columns_ = 0;
    std::vector<std::uint32_t> block_gene_;
    std::vector<std::size_t> first_column_;
    std::vector<std::size_t> pair_columns_;  // [genes][genes], upper triangle
};

}  // namespace espalier::regression
