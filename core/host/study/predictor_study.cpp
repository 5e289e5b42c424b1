// SPDX-License-Identifier: Apache-2.0
#include "host/study/predictor_study.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

#include <fmt/format.h>

#include "espalier/error.hpp"
#include "espalier/regression/genome_predictor.hpp"
#include "espalier/regression/metrics.hpp"
#include "espalier/regression/spread.hpp"
#include "espalier/report/text.hpp"
#include "espalier/rng.hpp"

namespace espalier::host {

namespace {

using regression::FeatureKind;
using regression::FitReport;
using regression::Gene;
using regression::GenomePredictor;
using regression::Genomes;
using regression::Spread;
using report::if_defined;
using report::rounded;
using report::Table;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// Some networks as rows of genes, and their values.
struct Sample {
    Sample(const Examples& examples, std::span<const std::size_t> places)
    {
        for (const std::size_t place : places) {
            const std::vector<std::uint16_t>& choices = examples.architectures[place].choices;
            genes.insert(genes.end(), choices.begin(), choices.end());
            values.push_back(examples.values[place]);
        }
    }
    std::vector<Gene> genes;
    std::vector<double> values;
};

std::string chosen(const FitReport& report)
{
    std::string text = report.regressor == "constant" ? "constant" : "";
    if (report.alpha)
        text += "alpha " + rounded(*report.alpha);
    if (report.c)
        text += (text.empty() ? "C " : ", C ") + rounded(*report.c);
    return text;
}

void check(const Examples& examples, const PredictorStudy& study)
{
    const std::size_t most = study.train.empty() ? 0 : *std::max_element(study.train.begin(), study.train.end());
    if (examples.values.size() < most + study.test)
        throw Error(
            fmt::format("{} distinct networks have the metric; {} to learn from (--train) and {} to test with (--test) "
                        "need {}",
                        examples.values.size(), most, study.test, most + study.test));
}

}  // namespace

std::vector<PredictorTrial> run_study(const SearchSpace& space, const Examples& examples, const PredictorStudy& study,
                                      const std::function<bool(std::size_t)>& done)
{
    check(examples, study);
    const bool percentages = std::ranges::none_of(examples.values, [](double value) { return value == 0; });
    const std::size_t genes = space.decisions().size();
    std::vector<PredictorTrial> trials;
    std::vector<std::size_t> order(examples.values.size());
    for (std::size_t trial = 0; trial < study.trials; ++trial) {
        Rng rng(study.seed, "trial " + std::to_string(trial));
        std::iota(order.begin(), order.end(), std::size_t{0});
        choose(order, order.size(), rng);
        const Sample test(examples, std::span(order).first(study.test));
        std::vector<double> predicted(study.test);
        for (const std::size_t count : study.train) {
            const Sample train(examples, std::span(order).subspan(study.test, count));
            for (const FeatureKind kind : study.features)
                for (const std::string& model : study.models) {
                    GenomePredictor predictor(regression::features_of(space, kind), model, study.settings);
                    predictor.fit(Genomes(train.genes, genes), train.values);
                    predictor.predict(Genomes(test.genes, genes), predicted);
                    trials.push_back({model, regression::feature_kind_names()[static_cast<std::size_t>(kind)], count,
                                      trial, percentages ? regression::mape(test.values, predicted) : kNaN,
                                      regression::rmse(test.values, predicted),
                                      regression::kendall_tau(test.values, predicted),
                                      regression::spearman_rho(test.values, predicted), chosen(predictor.report())});
                    if (!done(trials.size()))
                        return trials;
                }
        }
    }
    return trials;
}

Table study_table(const std::vector<PredictorTrial>& trials)
{
    struct Row {
        const PredictorTrial* first;
        std::uint64_t count = 0;
        Spread mape, kendall, spearman, rmse;
    };
    std::vector<Row> rows;
    for (const PredictorTrial& trial : trials) {
        auto row = std::find_if(rows.begin(), rows.end(), [&](const Row& r) {
            return r.first->model == trial.model && r.first->features == trial.features &&
                   r.first->train == trial.train;
        });
        if (row == rows.end())
            row = rows.insert(rows.end(), Row{&trial, 0, {}, {}, {}, {}});
        ++row->count;
        row->mape.add(trial.mape), row->kendall.add(trial.kendall);
        row->spearman.add(trial.spearman), row->rmse.add(trial.rmse);
    }
    Table table{{"features", "train", "model", "trials", "mape_pct", "mape_sd", "kendall", "kendall_sd", "spearman",
                 "spearman_sd", "rmse", "rmse_sd"},
                {}};
    for (const Row& row : rows)
        table.rows.push_back({row.first->features, std::uint64_t{row.first->train}, row.first->model, row.count,
                              if_defined(row.mape.mean()), if_defined(row.mape.deviation()),
                              if_defined(row.kendall.mean()), if_defined(row.kendall.deviation()),
                              if_defined(row.spearman.mean()), if_defined(row.spearman.deviation()),
                              if_defined(row.rmse.mean()), if_defined(row.rmse.deviation())});
    return table;
}

Table trial_table(const std::vector<PredictorTrial>& trials)
{
    Table table{{"features", "train", "model", "trial", "mape_pct", "kendall", "spearman", "rmse", "chosen"}, {}};
    for (const PredictorTrial& trial : trials)
        table.rows.push_back({trial.features, std::uint64_t{trial.train}, trial.model, std::uint64_t{trial.trial},
                              if_defined(trial.mape), if_defined(trial.kendall), if_defined(trial.spearman),
                              if_defined(trial.rmse), trial.chosen});
    return table;
}

}  // namespace espalier::host
