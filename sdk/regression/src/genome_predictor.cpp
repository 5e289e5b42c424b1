// SPDX-License-Identifier: Apache-2.0
#include "espalier/regression/genome_predictor.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>

#include "espalier/error.hpp"

namespace espalier::regression {

namespace {

using Code = Features::Code;

/// Support vectors side by side: one step of the inner loop compares one gene of all of them. The width is known when
/// this is compiled, so that the loop becomes vector instructions.
constexpr std::size_t kLanes = 64;

/// The pairs of m genes, and the genes themselves.
constexpr std::size_t with_pairs(std::size_t m)
{
    return m * (m + 1) / 2;
}

}  // namespace

/// Sums the kernel over the support vectors of a model, by their codes.
///
/// A row has as many ones as genes that matter (with pairs: and pairs of them), two rows share as many as genes with
/// equal codes; the squared distance is ones of the one + ones of the other - 2 x shared.
class GenomePredictor::Kernel {
public:
    Kernel(const Features& features, const Model& model, Genomes genomes)
        : pairwise_{features.kind() == FeatureKind::pairwise}, genes_{features.genes()}
    {
        const std::size_t count = model.coefficients.size(), groups = (count + kLanes - 1) / kLanes;
        Lanes<Code> nobody;  // lanes without a support vector share nothing with anyone
        nobody.fill(kOther);
        codes_.assign(groups * genes_, nobody);
        ones_.assign(groups, Lanes<Code>{});
        coefficients_.assign(groups, {});
        std::vector<Code> code(genes_);
        for (std::size_t j = 0; j < count; ++j) {
            features.codes(genomes[model.vector_rows[j]], code);
            const std::size_t group = j / kLanes, lane = j % kLanes;
            for (std::size_t gene = 0; gene < genes_; ++gene)
                codes_[group * genes_ + gene][lane] = code[gene] == Features::kNothing ? kOther : code[gene];
            ones_[group][lane] = static_cast<Code>(matter(code));
            coefficients_[group][lane] = model.coefficients[j];
        }
        const std::size_t most = pairwise_ ? with_pairs(genes_) : genes_;
        for (std::size_t distance = 0; distance <= 2 * most; ++distance)
            exponential_.push_back(std::exp(-model.gamma * static_cast<double>(distance)));
    }

    double operator()(std::span<const Code> code) const
    {
        const std::size_t ones = matter(code);
        double sum = 0;
        for (std::size_t group = 0; group < coefficients_.size(); ++group) {
            Lanes<Code> same{};
            for (std::size_t gene = 0; gene < genes_; ++gene) {
                const Lanes<Code>& theirs = codes_[group * genes_ + gene];
                for (std::size_t lane = 0; lane < kLanes; ++lane)
                    same[lane] = static_cast<Code>(same[lane] + (theirs[lane] == code[gene]));
            }
            for (std::size_t lane = 0; lane < kLanes; ++lane) {
                const std::size_t distance = pairwise_ ? 2 * (with_pairs(genes_) - with_pairs(same[lane]))
                                                       : ones + ones_[group][lane] - 2 * std::size_t{same[lane]};
                assert(distance < exponential_.size());
                sum += coefficients_[group][lane] * exponential_[distance];
            }
        }
        return sum;
    }

private:
    template <typename T>
    using Lanes = std::array<T, kLanes>;

    // a gene that matters in neither of two genomes is nothing that they share
    static constexpr Code kOther = Features::kNothing - 1;

    static std::size_t matter(std::span<const Code> code)
    {
        return code.size() - static_cast<std::size_t>(std::count(code.begin(), code.end(), Features::kNothing));
    }

    bool pairwise_;
    std::size_t genes_;
    std::vector<Lanes<Code>> codes_;  // [group][gene]
    std::vector<Lanes<Code>> ones_;   // [group]
    std::vector<Lanes<double>> coefficients_;
    std::vector<double> exponential_;  // by squared distance
};

GenomePredictor::GenomePredictor(Features features, std::string_view regressor, const RegressorSettings& settings)
    : features_{std::move(features)}, regressor_{make_regressor(regressor, settings)}
{
}

GenomePredictor::~GenomePredictor() = default;
GenomePredictor::GenomePredictor(GenomePredictor&&) noexcept = default;
GenomePredictor& GenomePredictor::operator=(GenomePredictor&&) noexcept = default;

void GenomePredictor::fit(Genomes genomes, std::span<const double> targets)
{
    if (genomes.columns() != features_.genes())
        throw Error("a predictor of genomes of " + std::to_string(features_.genes()) + " genes got genomes of " +
                    std::to_string(genomes.columns()));
    for (std::size_t i = 0; i < genomes.rows(); ++i)
        for (std::size_t gene = 0; gene < genomes.columns(); ++gene)
            if (genomes[i][gene] >= features_.options(gene))
                throw Error("gene " + std::to_string(gene) + " of genome " + std::to_string(i) + " is " +
                            std::to_string(genomes[i][gene]) + "; it has " + std::to_string(features_.options(gene)) +
                            " options");
    const std::vector<double> rows = features_.encode(genomes);
    regressor_->fit({rows, features_.columns()}, targets);
    const Model& model = regressor_->model();
    kernel_ = model.coefficients.empty() || !features_.binary() ? nullptr
                                                                : std::make_unique<Kernel>(features_, model, genomes);
}

double GenomePredictor::linear(std::span<const Features::Code> codes) const
{
    const Model& model = regressor_->model();
    double sum = model.intercept;
    if (model.weights.empty())
        return sum;
    for (std::size_t gene = 0; gene < codes.size(); ++gene) {
        if (codes[gene] == Features::kNothing)
            continue;
        if (features_.gene_columns(gene) > 0)
            sum += model.weights[features_.first_column(gene) + codes[gene]];
        if (features_.has_counts())
            sum += model.weights[features_.count_column(gene) + codes[gene]];
        for (std::size_t b = gene + 1; features_.has_pairs() && b < codes.size(); ++b)
            if (codes[b] != Features::kNothing)
                sum += model.weights[features_.pair_column(gene, b) + std::size_t{codes[gene]} * features_.options(b) +
                                     codes[b]];
    }
    return sum;
}

void GenomePredictor::predict(Genomes genomes, std::span<double> out) const
{
    if (regressor_->columns() == 0)
        throw Error("a predictor was asked to predict before it was fitted");
    if (genomes.columns() != features_.genes() || genomes.rows() != out.size())
        throw Error("a predictor of genomes of " + std::to_string(features_.genes()) + " genes was asked for " +
                    std::to_string(out.size()) + " predictions from " + std::to_string(genomes.rows()) +
                    " genomes of " + std::to_string(genomes.columns()));
    if (!features_.binary() && !regressor_->model().coefficients.empty()) {
        std::vector<double> row(features_.columns());
        for (std::size_t i = 0; i < out.size(); ++i) {
            features_.encode(genomes[i], row);
            regressor_->predict({row, row.size()}, out.subspan(i, 1));
        }
        return;
    }
    std::vector<Code> codes(features_.genes());
    for (std::size_t i = 0; i < out.size(); ++i) {
        features_.codes(genomes[i], codes);
        out[i] = linear(codes) + (kernel_ ? (*kernel_)(codes) : 0);
    }
}

double GenomePredictor::predict(std::span<const Gene> genome) const
{
    double value;
    predict(Genomes(genome, genome.size()), {&value, 1});
    return value;
}

}  // namespace espalier::regression
