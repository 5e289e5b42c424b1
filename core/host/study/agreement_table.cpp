// SPDX-License-Identifier: Apache-2.0
#include "host/study/agreement_table.hpp"

#include <algorithm>
#include <cmath>

#include "espalier/regression/agreement.hpp"

#include "host/tell/results.hpp"

namespace espalier::host {

namespace {

using regression::Agreement;
using regression::best_fraction;
using regression::PairedSample;
using report::Cell;
using report::Table;

constexpr int kResamples = 200;
constexpr std::size_t kBest = 20;
constexpr std::uint64_t kSeed = 1;

struct Pairs {
    std::vector<double> score, target;

    Pairs only(std::span<const std::size_t> places) const
    {
        Pairs some;
        for (const std::size_t place : places) {
            some.score.push_back(score[place]);
            some.target.push_back(target[place]);
        }
        return some;
    }
};

Pairs pairs_of(std::span<const Evaluation> evaluations, const std::string& metric, const std::string& against)
{
    Pairs pairs;
    for (const Evaluation& evaluation : evaluations) {
        if (!evaluation.ok())
            continue;
        const auto score = evaluation.metrics.find(metric), target = evaluation.metrics.find(against);
        if (score == evaluation.metrics.end() || target == evaluation.metrics.end() || std::isnan(score->second) ||
            !std::isfinite(target->second))
            continue;
        pairs.score.push_back(score->second);
        pairs.target.push_back(target->second);
    }
    return pairs;
}

std::vector<Cell> row(const std::string& metric, const char* among, const Pairs& pairs)
{
    const PairedSample sample(pairs.score, pairs.target);
    const Agreement value = sample.agreement(), error = sample.standard_error(kResamples, kSeed);
    std::vector<Cell> cells{metric, std::string(among), std::uint64_t{sample.size()}};
    for (const double number : {value.spearman, error.spearman, value.kendall, error.kendall, value.pearson,
                                error.pearson, value.rmse, error.rmse})
        cells.push_back(report::if_defined(number));
    cells.emplace_back();
    return cells;
}

/// The mean target of those that the score says are best: its highest values, or its lowest where it runs against the
/// target. Those that tie with the last of them count in.
Cell best_mean(const Pairs& pairs, double rho, bool maximise)
{
    if (std::isnan(rho) || pairs.score.size() < kBest)
        return {};
    const double share = static_cast<double>(kBest) / static_cast<double>(pairs.score.size());
    double sum = 0;
    const std::vector<std::size_t> best = best_fraction(pairs.score, share, (rho > 0) == maximise);
    for (const std::size_t place : best)
        sum += pairs.target[place];
    return sum / static_cast<double>(best.size());
}

struct Scored {
    std::string metric;
    Pairs pairs;
    double rho;
    double strength;  // |rho| over all; -1 where there is none
};

}  // namespace

Table agreement_table(std::span<const Evaluation> evaluations, const std::string& against, bool maximise)
{
    std::set<std::string> metrics = metric_names(evaluations);
    metrics.erase(against);

    std::vector<Scored> order;
    for (const std::string& metric : metrics) {
        Pairs pairs = pairs_of(evaluations, metric, against);
        const double rho = PairedSample(pairs.score, pairs.target).agreement().spearman;
        order.push_back({metric, std::move(pairs), rho, std::isnan(rho) ? -1 : std::abs(rho)});
    }
    std::stable_sort(order.begin(), order.end(),
                     [](const Scored& a, const Scored& b) { return a.strength > b.strength; });

    Table table{{"metric", "among", "n", "spearman", "spearman_se", "kendall", "kendall_se", "pearson", "pearson_se",
                 "rmse", "rmse_se", "best_20"},
                {}};
    for (const Scored& scored : order) {
        const Pairs& pairs = scored.pairs;
        table.rows.push_back(row(scored.metric, "all", pairs));
        table.rows.back().back() = best_mean(pairs, scored.rho, maximise);
        table.rows.push_back(row(scored.metric, "best half", pairs.only(best_fraction(pairs.target, 0.5, maximise))));
        table.rows.push_back(row(scored.metric, "best fifth", pairs.only(best_fraction(pairs.target, 0.2, maximise))));
    }
    return table;
}

}  // namespace espalier::host
