// SPDX-License-Identifier: Apache-2.0
#include "espalier/regression/features.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <numeric>

#include "espalier/config.hpp"
#include "espalier/error.hpp"
#include "espalier/rng.hpp"
#include "espalier/search_space.hpp"

namespace espalier::regression {

namespace {

constexpr int kProbes = 1024;
constexpr std::uint32_t kMostOptions = Features::kNothing - 2;  // one code more, and one that equals no other

}  // namespace

const std::vector<std::string>& feature_kind_names()
{
    static const std::vector<std::string> names{"plain", "masked", "masked_depth", "pairwise", "counts", "levels"};
    return names;
}

FeatureKind feature_kind(std::string_view name)
{
    const std::vector<std::string>& names = feature_kind_names();
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end())
        throw Error("features '" + std::string(name) + "' are unknown" + suggestion(std::string(name), names));
    return static_cast<FeatureKind>(found - names.begin());
}

Features::Features(std::vector<std::uint32_t> options_per_gene, FeatureKind kind, Active active,
                   std::vector<std::uint32_t> alike)
    : options_{std::move(options_per_gene)}, kind_{kind}, active_{std::move(active)}
{
    if (options_.empty())
        throw Error("features need at least one gene");
    for (std::size_t gene = 0; gene < options_.size(); ++gene)
        if (options_[gene] < 1 || options_[gene] > kMostOptions)
            throw Error("gene " + std::to_string(gene) + " has " + std::to_string(options_[gene]) +
                        " options; features need 1 to " + std::to_string(kMostOptions));
    gene_columns_ = options_;
    if (kind_ == FeatureKind::masked_depth) {
        const std::vector<bool> ceases = can_cease_to_matter();
        for (std::size_t gene = 0; gene < genes(); ++gene)
            gene_columns_[gene] += ceases[gene];
    }
    if (kind_ == FeatureKind::counts)
        gene_columns_.assign(genes(), 0);
    for (const std::uint32_t columns : gene_columns_) {
        first_column_.push_back(columns_);
        columns_ += columns;
    }
    if (kind_ == FeatureKind::pairwise || kind_ == FeatureKind::levels)
        add_pairs();
    if (kind_ == FeatureKind::counts || kind_ == FeatureKind::levels)
        add_counts(std::move(alike));
}

void Features::add_pairs()
{
    pair_column_.resize(genes() * genes());
    for (std::size_t a = 0; a < genes(); ++a)
        for (std::size_t b = a + 1; b < genes(); ++b) {
            pair_column_[a * genes() + b] = columns_;
            columns_ += std::size_t{options_[a]} * options_[b];
        }
}

void Features::add_counts(std::vector<std::uint32_t> alike)
{
    if (alike.empty()) {
        alike.resize(genes());
        std::iota(alike.begin(), alike.end(), 0U);
    }
    for (std::size_t gene = 0; gene < genes(); ++gene) {
        const auto first = static_cast<std::size_t>(std::find(alike.begin(), alike.end(), alike[gene]) - alike.begin());
        if (options_[first] != options_[gene])
            throw Error("genes " + std::to_string(first) + " and " + std::to_string(gene) +
                        " are not alike: they have " + std::to_string(options_[first]) + " and " +
                        std::to_string(options_[gene]) + " options");
        count_column_.push_back(first < gene ? count_column_[first] : columns_);
        columns_ += first < gene ? 0 : options_[gene];
    }
}

bool Features::asks_what_matters() const
{
    return active_ && kind_ != FeatureKind::plain && kind_ != FeatureKind::pairwise;
}

std::vector<bool> Features::can_cease_to_matter() const
{
    std::vector<bool> ceases(genes(), false);
    if (!active_)
        return ceases;
    Rng rng(0, "features");
    std::vector<Gene> genome(genes());
    std::vector<std::uint8_t> matters(genes());
    for (int probe = 0; probe < kProbes; ++probe) {
        for (std::size_t gene = 0; gene < genes(); ++gene)
            genome[gene] = static_cast<Gene>(rng.below(options_[gene]));
        active_(genome, matters);
        for (std::size_t gene = 0; gene < genes(); ++gene)
            if (matters[gene] == 0)
                ceases[gene] = true;
    }
    return ceases;
}

void Features::codes(std::span<const Gene> genome, std::span<Code> codes) const
{
    assert(genome.size() == genes() && codes.size() == genes());
    std::copy(genome.begin(), genome.end(), codes.begin());
    if (!asks_what_matters())
        return;
    std::array<std::uint8_t, 256> few;  // this is asked once a prediction
    std::vector<std::uint8_t> many(genes() > few.size() ? genes() : 0);
    const std::span<std::uint8_t> matters = many.empty() ? std::span(few).first(genes()) : std::span(many);
    active_(genome, matters);
    for (std::size_t gene = 0; gene < genes(); ++gene)
        if (matters[gene] == 0)
            codes[gene] = gene_columns_[gene] > options_[gene] ? static_cast<Code>(options_[gene]) : kNothing;
}

void Features::encode(std::span<const Gene> genome, std::span<double> row) const
{
    assert(row.size() == columns_);
    std::fill(row.begin(), row.end(), 0.0);
    std::vector<Code> code(genes());
    codes(genome, code);
    for (std::size_t gene = 0; gene < genes(); ++gene) {
        if (code[gene] == kNothing)
            continue;
        if (gene_columns_[gene] > 0)
            row[first_column_[gene] + code[gene]] = 1;
        if (has_counts())
            row[count_column_[gene] + code[gene]] += 1;
        for (std::size_t b = gene + 1; has_pairs() && b < genes(); ++b)
            if (code[b] != kNothing)
                row[pair_column(gene, b) + std::size_t{code[gene]} * options_[b] + code[b]] = 1;
    }
}

std::vector<double> Features::encode(Genomes genomes) const
{
    std::vector<double> rows(genomes.rows() * columns_);
    for (std::size_t i = 0; i < genomes.rows(); ++i)
        encode(genomes[i], std::span(rows).subspan(i * columns_, columns_));
    return rows;
}

Features features_of(const SearchSpace& space, FeatureKind kind)
{
    const std::span<const Decision> decisions = space.decisions();
    std::vector<std::uint32_t> options, alike;
    for (const Decision& decision : decisions) {
        options.push_back(static_cast<std::uint32_t>(decision.options.size()));
        alike.push_back(static_cast<std::uint32_t>(std::ranges::find(decisions, decision.options, &Decision::options) -
                                                   decisions.begin()));
    }
    return Features(
        std::move(options), kind,
        [&space](std::span<const Gene> genome, std::span<std::uint8_t> active) {
            const std::vector<bool> all = space.active(Architecture{{genome.begin(), genome.end()}});
            std::copy(all.begin(), all.end(), active.begin());
        },
        std::move(alike));
}

}  // namespace espalier::regression
