// SPDX-License-Identifier: Apache-2.0
#include "layer_table.hpp"

#include <cmath>
#include <utility>

#include "espalier/error.hpp"
#include "espalier/layer_groups.hpp"
#include "espalier/sdk/csv.hpp"
#include "espalier/sdk/scale.hpp"

#include "named_columns.hpp"
#include "priced.hpp"

namespace espalier::cost_models {
namespace {

constexpr const char* kKey = "group";

std::unordered_map<std::string, double> read(const std::filesystem::path& file, const std::string& column)
{
    const CsvColumns cells(file, {kKey, column});
    std::unordered_map<std::string, double> costs;
    std::unordered_map<std::string, std::size_t> rows;
    for (std::size_t row = 0; row < cells.rows(); ++row) {
        const auto cost = cells.number(row, 1);
        if (!cost)
            throw Error(cells.no_number(row, 1) + " in column '" + column + "'");
        if (!std::isfinite(*cost) || *cost < 0)
            throw Error(cells.place(row, 1) + ": '" + cells.cell(row, 1) + "' in column '" + column +
                        "' is no number from 0");
        if (const auto [found, is_new] = rows.emplace(cells.cell(row, 0), row); !is_new)
            throw Error(cells.place(row, 0) + ": the same group stands at " + cells.place(found->second, 0));
        costs.emplace(cells.cell(row, 0), *cost);
    }
    return costs;
}

}  // namespace

void LayerTable::Options::describe(Describe<Options>& d)
{
    d("file", &Options::file, "CSV with a header line, also .gz or .xz; one row a group of layers").must();
    d("column", &Options::column, "the column with the numbers");
    d("as", &Options::as, "name of the metric, with its unit");
    d("scale", &Options::scale, "factor from the column's unit to the metric's, and of the correction");
    d("per_group", &Options::per_group, "added for each group of layers, in the metric's unit; negative: they overlap");
    d("constant", &Options::constant, "added for the network, in the metric's unit");
}

LayerTable::LayerTable(const Options& options, const Setup&) : options_{options}
{
    std::vector<OptionError> wrong = wrong_columns(options_.file, {{"column", options_.column}, {"file", kKey}});
    if (options_.as.empty())
        wrong.emplace_back("as", "a metric needs a name");
    if (std::optional<OptionError> scale =
            wrong_scale(wrong.empty() ? options_.column : "", options_.as, options_.scale))
        wrong.push_back(std::move(*scale));
    for (const auto& [name, value] :
         {std::pair{"per_group", options_.per_group}, std::pair{"constant", options_.constant}})
        if (!std::isfinite(value))
            wrong.emplace_back(name, "must be a finite number");
    if (!wrong.empty())
        throw OptionErrors(std::move(wrong));
    costs_ = std::async(std::launch::deferred, [this] { return read(options_.file, options_.column); });
}

LayerTable::~LayerTable() = default;

double LayerTable::price(const Network& network, const Costs& costs) const
{
    double sum = 0;
    const std::vector<LayerGroup> groups = layer_groups(network);
    for (const LayerGroup& group : groups) {
        const auto found = costs.find(group.key);
        if (found == costs.end())
            throw Error(options_.file.string() + ": no row for the group of layers '" + group.key + "'");
        sum += found->second;
    }
    const double corrected =
        options_.scale * sum + options_.per_group * static_cast<double>(groups.size()) + options_.constant;
    if (corrected < 0)
        throw Error("the table and its correction make " + std::to_string(corrected) + ", below 0");
    return corrected;
}

std::vector<Evaluation> LayerTable::evaluate(std::span<const Candidate> batch, Context&)
{
    const Costs& costs = costs_.get();  // a file that is damaged ends the run; it is no network's failure
    return priced(batch, [&](const Candidate& c) { return Metrics{{options_.as, price(c.network(), costs)}}; });
}

}  // namespace espalier::cost_models
