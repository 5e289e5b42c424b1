// SPDX-License-Identifier: Apache-2.0
#include "member.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace espalier::predicted {
namespace {

constexpr double kRounding = 1e-9;  // what sums of large numbers leave of nothing

regression::RegressorSettings settings()
{
    regression::RegressorSettings settings;
    settings.grid = regression::Grid::wide;
    return settings;
}

}  // namespace

Networks Networks::some(std::span<const std::size_t> places) const
{
    Networks chosen{{}, decisions, {}, columns};
    for (const std::size_t place : places) {
        const auto gene = genes.begin() + static_cast<std::ptrdiff_t>(place * decisions);
        chosen.genes.insert(chosen.genes.end(), gene, gene + static_cast<std::ptrdiff_t>(decisions));
        const auto row = rows.begin() + static_cast<std::ptrdiff_t>(place * columns);
        chosen.rows.insert(chosen.rows.end(), row, row + static_cast<std::ptrdiff_t>(columns));
    }
    return chosen;
}

Member::Member(const SearchSpace& space, const std::string& model, const std::string& features)
{
    const bool both = features == kCountsNetwork;
    if (both)
        counts_ = regression::features_of(space, regression::FeatureKind::counts);
    if (both || features == kNetwork)
        by_row_ = regression::make_regressor(model, settings());
    else
        by_genome_.emplace(regression::features_of(space, regression::feature_kind(features)), model, settings());
}

void Member::fit(const Networks& networks, std::span<const double> targets)
{
    if (by_genome_)
        return by_genome_->fit(networks.genomes(), targets);
    const std::vector<double> all = rows(networks);
    choose_columns(all, networks.size());
    by_row_->fit({standardised(all, networks.size()), columns_.size()}, targets);
}

void Member::predict(const Networks& networks, std::span<double> out) const
{
    if (by_genome_)
        by_genome_->predict(networks.genomes(), out);
    else
        by_row_->predict({standardised(rows(networks), networks.size()), columns_.size()}, out);
}

std::vector<double> Member::rows(const Networks& networks) const
{
    if (!counts_)
        return networks.rows;
    const std::size_t columns = networks.columns + counts_->columns();
    std::vector<double> rows(networks.size() * columns);
    for (std::size_t i = 0; i < networks.size(); ++i) {
        const std::span<double> row = std::span(rows).subspan(i * columns, columns);
        std::ranges::copy(std::span(networks.rows).subspan(i * networks.columns, networks.columns), row.begin());
        counts_->encode(networks.genomes()[i], row.subspan(networks.columns));
    }
    return rows;
}

/// Those that vary, and of those that are multiples of each other the first: cells in a row have the same blocks.
void Member::choose_columns(std::span<const double> rows, std::size_t networks)
{
    const std::size_t columns = rows.size() / networks;
    columns_.clear();
    const auto n = static_cast<double>(networks);
    std::vector<std::vector<double>> kept;
    for (std::size_t c = 0; c < columns; ++c) {
        std::vector<double> values(networks);
        for (std::size_t i = 0; i < networks; ++i)
            values[i] = rows[i * columns + c];
        const double mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
        for (double& value : values)
            value -= mean;
        const double deviation = std::sqrt(std::inner_product(values.begin(), values.end(), values.begin(), 0.0) / n);
        if (deviation <= kRounding * std::abs(mean))
            continue;
        for (double& value : values)
            value /= deviation;
        const auto multiple = [&](const std::vector<double>& other) {
            const double correlation = std::inner_product(values.begin(), values.end(), other.begin(), 0.0);
            return std::abs(correlation) > (1 - kRounding) * n;
        };
        if (std::ranges::any_of(kept, multiple))
            continue;
        columns_.push_back({c, mean, 1 / deviation});
        kept.push_back(std::move(values));
    }
    if (columns_.empty())
        columns_.push_back({0, 0, 0});  // a regressor wants one
}

std::vector<double> Member::standardised(std::span<const double> rows, std::size_t networks) const
{
    const std::size_t columns = networks == 0 ? 0 : rows.size() / networks;
    std::vector<double> made;
    made.reserve(networks * columns_.size());
    for (std::size_t i = 0; i < networks; ++i)
        for (const Column& column : columns_)
            made.push_back((rows[i * columns + column.of_row] - column.mean) * column.scale);
    return made;
}

}  // namespace espalier::predicted
