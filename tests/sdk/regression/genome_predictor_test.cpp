// SPDX-License-Identifier: Apache-2.0
#include "espalier/regression/genome_predictor.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "espalier/error.hpp"
#include "espalier/rng.hpp"

#include "catch.hpp"

using namespace espalier;
using namespace espalier::regression;

namespace {

/// Gene 4 says how many of the genes 1 to 3 matter.
const std::vector<std::uint32_t> kOptions{2, 3, 3, 4, 4, 5};

void staircase(std::span<const Gene> genome, std::span<std::uint8_t> active)
{
    std::fill(active.begin(), active.end(), std::uint8_t{1});
    for (std::size_t gene = 1 + genome[4]; gene < 4; ++gene)
        active[gene] = 0;
}

struct Sample {
    explicit Sample(std::size_t count, std::uint64_t seed = 1)
    {
        Rng rng(seed, "sample");
        for (std::size_t i = 0; i < count; ++i) {
            double sum = 30 + rng.normal();
            for (const std::uint32_t options : kOptions) {
                genes.push_back(static_cast<Gene>(rng.below(options)));
                sum += std::sin(3.0 * genes.back() + static_cast<double>(options));
            }
            targets.push_back(sum);
        }
    }
    Genomes genomes() const { return {genes, kOptions.size()}; }
    std::vector<Gene> genes;
    std::vector<double> targets;
};

std::vector<double> row_of(const Features& features, const std::vector<Gene>& genome)
{
    return features.encode({genome, genome.size()});
}

}  // namespace

TEST_CASE("features are one-hot blocks, empty or marked where a gene does not matter", "[features]")
{
    const std::vector<std::uint32_t> options{2, 3, 2};
    const auto second_needs_first = [](std::span<const Gene> genome, std::span<std::uint8_t> active) {
        active[0] = active[2] = 1;
        active[1] = genome[0];
    };
    const auto row = [&](const char* kind, const std::vector<Gene>& genome) {
        return row_of(Features(options, feature_kind(kind), second_needs_first), genome);
    };
    using Row = std::vector<double>;
    CHECK(row("plain", {0, 2, 1}) == Row{1, 0, 0, 0, 1, 0, 1});
    CHECK(row("masked", {0, 2, 1}) == Row{1, 0, 0, 0, 0, 0, 1});
    CHECK(row("masked", {1, 2, 1}) == Row{0, 1, 0, 0, 1, 0, 1});
    CHECK(row("masked_depth", {0, 2, 1}) == Row{1, 0, 0, 0, 0, 1, 0, 1});
    CHECK(row("masked_depth", {1, 0, 0}) == Row{0, 1, 1, 0, 0, 0, 1, 0});
    CHECK(row("pairwise", {1, 2, 0}) ==
          Row{0, 1, 0, 0, 1, 1, 0, /*0 and 1*/ 0, 0, 0, 0, 0, 1, /*0 and 2*/ 0, 0, 1, 0, /*1 and 2*/ 0, 0, 0, 0, 1, 0});
    for (const std::string& kind : feature_kind_names())
        CHECK(Features(options, feature_kind(kind), second_needs_first).columns() ==
              row(kind.c_str(), {0, 0, 0}).size());
    // without a rule every gene matters
    CHECK(row_of(Features(options, FeatureKind::masked_depth), {0, 2, 1}) == Row{1, 0, 0, 0, 1, 0, 1});
}

TEST_CASE("alike genes are counted together, those that do not matter not at all", "[features]")
{
    const std::vector<std::uint32_t> options{2, 3, 2};
    const auto second_needs_first = [](std::span<const Gene> genome, std::span<std::uint8_t> active) {
        active[0] = active[2] = 1;
        active[1] = genome[0];
    };
    const auto row = [&](const char* kind, const std::vector<Gene>& genome, std::vector<std::uint32_t> alike) {
        return row_of(Features(options, feature_kind(kind), second_needs_first, std::move(alike)), genome);
    };
    using Row = std::vector<double>;
    CHECK(row("counts", {1, 2, 1}, {0, 1, 0}) == Row{0, 2, 0, 0, 1});
    CHECK(row("counts", {0, 2, 1}, {0, 1, 0}) == Row{1, 1, 0, 0, 0});
    CHECK(row("counts", {0, 2, 1}, {}) == Row{1, 0, 0, 0, 0, 0, 1});
    CHECK(row("levels", {0, 2, 1}, {0, 1, 0}) == Row{1,
                                                     0,
                                                     0,
                                                     0,
                                                     0,
                                                     0,
                                                     1,
                                                     /*0 and 1*/ 0,
                                                     0,
                                                     0,
                                                     0,
                                                     0,
                                                     0,
                                                     /*0 and 2*/ 0,
                                                     1,
                                                     0,
                                                     0,
                                                     /*1 and 2*/ 0,
                                                     0,
                                                     0,
                                                     0,
                                                     0,
                                                     0,
                                                     /*counts*/ 1,
                                                     1,
                                                     0,
                                                     0,
                                                     0});
    CHECK_THROWS_WITH(Features(options, FeatureKind::counts, {}, {0, 0, 0}),
                      ContainsSubstring("genes 0 and 1 are not alike: they have 2 and 3 options"));
}

TEST_CASE("features refuse spaces that they cannot encode", "[features]")
{
    CHECK_THROWS_WITH(Features({}, FeatureKind::plain), "features need at least one gene");
    CHECK_THROWS_WITH(Features({2, 0}, FeatureKind::plain), "gene 1 has 0 options; features need 1 to 65533");
    CHECK_THROWS_WITH(feature_kind("maskd"),
                      ContainsSubstring("features 'maskd' are unknown") && ContainsSubstring("masked"));
}

TEST_CASE("the fast path predicts what the regressor predicts of the features", "[genome_predictor]")
{
    // more support vectors than go side by side, and not a multiple of them
    const Sample train(150), test(200, 2);
    for (const std::string& kind : feature_kind_names())
        for (const std::string& name : regressor_names()) {
            if (name == "svr_linear" && kind == "pairwise")
                continue;  // as the others, and slow
            INFO(kind << " " << name);
            const Features features(kOptions, feature_kind(kind), staircase);
            RegressorSettings settings;
            settings.c = 5;
            GenomePredictor predictor(features, name, settings);
            predictor.fit(train.genomes(), train.targets);
            std::vector<double> fast(200), slow(200);
            predictor.predict(test.genomes(), fast);

            const auto regressor = make_regressor(name, settings);
            regressor->fit({features.encode(train.genomes()), features.columns()}, train.targets);
            regressor->predict({features.encode(test.genomes()), features.columns()}, slow);
            CHECK(predictor.report().regressor == regressor->report().regressor);
            for (std::size_t i = 0; i < fast.size(); ++i)
                CHECK(fast[i] == Approx(slow[i]).epsilon(1e-11));
            CHECK(predictor.predict(test.genomes()[17]) == fast[17]);
        }
}

TEST_CASE("masked features do not tell apart what genes without effect hold", "[genome_predictor]")
{
    const Sample train(100);
    for (const char* kind : {"masked", "masked_depth", "counts", "levels"})
        for (const char* name : {"ridge", "svr_rbf", "stacked"}) {
            GenomePredictor predictor(Features(kOptions, feature_kind(kind), staircase), name);
            predictor.fit(train.genomes(), train.targets);
            std::set<double> values;
            for (Gene gene = 0; gene < 3; ++gene)
                values.insert(predictor.predict(std::vector<Gene>{1, gene, gene, gene, 0, 3}));
            CHECK(values.size() == 1);
        }
}

TEST_CASE("a space of many options and many genes is predicted alike", "[genome_predictor]")
{
    Rng rng(4, "wide");
    std::vector<std::uint32_t> options(300, 2);
    options[0] = 400;
    std::vector<Gene> genes;
    std::vector<double> targets;
    for (int i = 0; i < 40; ++i) {
        for (const std::uint32_t count : options)
            genes.push_back(static_cast<Gene>(rng.below(count)));
        targets.push_back(rng.normal());
    }
    const Features features(options, FeatureKind::masked,
                            [](std::span<const Gene> genome, std::span<std::uint8_t> active) {
                                for (std::size_t gene = 0; gene < active.size(); ++gene)
                                    active[gene] = gene < genome[0] + 2U;
                            });
    GenomePredictor predictor(features, "svr_rbf");
    predictor.fit({genes, 300}, targets);
    const auto regressor = make_regressor("svr_rbf");
    const std::vector<double> rows = features.encode({genes, 300});
    regressor->fit({rows, features.columns()}, targets);
    std::vector<double> fast(40), slow(40);
    predictor.predict({genes, 300}, fast);
    regressor->predict({rows, features.columns()}, slow);
    for (std::size_t i = 0; i < 40; ++i)
        CHECK(fast[i] == Approx(slow[i]).epsilon(1e-11));
}

TEST_CASE("predictors refuse genomes of another space", "[genome_predictor]")
{
    Sample train(10);
    GenomePredictor predictor(Features(kOptions, FeatureKind::plain), "ridge");
    std::vector<double> out(10);
    CHECK_THROWS_WITH(predictor.predict(train.genomes(), out), "a predictor was asked to predict before it was fitted");
    CHECK_THROWS_WITH(predictor.fit({train.genes, 5}, train.targets), ContainsSubstring("of 6 genes got genomes of 5"));
    CHECK_THROWS_WITH(predictor.fit(train.genomes(), std::span(train.targets).first(9)),
                      "a regressor got 9 targets for 10 rows");
    train.genes[8] = 9;
    CHECK_THROWS_WITH(predictor.fit(train.genomes(), train.targets), "gene 2 of genome 1 is 9; it has 3 options");
}
