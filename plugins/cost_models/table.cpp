// SPDX-License-Identifier: Apache-2.0
#include "table.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <unordered_map>

#include "espalier/error.hpp"
#include "espalier/sdk/csv.hpp"
#include "espalier/sdk/scale.hpp"
#include "espalier/search_space.hpp"

#include "named_columns.hpp"
#include "pairwise.hpp"

namespace espalier::cost_models {
namespace {

constexpr std::size_t kArch = 0, kValue = 1;

const SearchSpace& space_of(const Setup& setup)
{
    if (!setup.space)
        throw Error("a table needs a search space: its rows name architectures");
    return *setup.space;
}

}  // namespace

/// The file's rows by architecture.
class Table::Rows {
public:
    Rows(const Options& o, const SearchSpace& space) : cells_{o.file, {o.arch_column, o.column}}, options_{o}
    {
        bool any_number = false;
        for (std::size_t row = 0; row < cells_.rows() && !any_number; ++row)
            any_number = cells_.number(row, kValue).has_value();
        if (!any_number)
            throw Error(o.file.string() + ": column '" + o.column + "' holds no number in any of its " +
                        std::to_string(cells_.rows()) + " rows");
        row_of_.reserve(cells_.rows());
        for (std::size_t row = 0; row < cells_.rows(); ++row) {
            const auto [found, is_new] = row_of_.emplace(architecture(row, space), row);
            if (!is_new)
                throw Error(cells_.place(row, kArch) + ": the same architecture stands at " +
                            cells_.place(found->second, kArch));
        }
        if (o.fill == "pairwise")
            fit(space);
    }

    /// The value in the column's own unit, or why there is none.
    struct Found {
        std::optional<double> value;
        bool filled = false;
        std::string reason;
    };
    Found find(const Architecture& a, const SearchSpace& space) const
    {
        const auto found = row_of_.find(a);
        if (found == row_of_.end())
            return {{}, false, options_.file.string() + ": no row for " + space.text(a)};
        const std::size_t row = found->second;
        std::optional<double> value = cells_.number(row, kValue);
        const bool filled = !value && fill_ && cells_.raw(row, kValue).empty();
        if (filled)
            value = (*fill_)(a);
        if (!value)
            return {
                {}, false, cells_.no_number(row, kValue) + " in column '" + options_.column + "' for " + space.text(a)};
        if (*value * options_.scale < options_.minimum)
            return {{},
                    false,
                    cells_.place(row, kValue) + ": " + cells_.cell(row, kValue) + " in column '" + options_.column +
                        "' for " + space.text(a) + " is below minimum"};
        return {value, filled, {}};
    }

private:
    Architecture architecture(std::size_t row, const SearchSpace& space) const
    {
        try {
            return space.parse(cells_.cell(row, kArch));
        } catch (const Error& error) {
            throw Error(cells_.place(row, kArch) + ": " + error.what());
        }
    }
    void fit(const SearchSpace& space)
    {
        std::vector<Architecture> known;
        std::vector<double> values;
        for (std::size_t row = 0; row < cells_.rows(); ++row) {
            const std::optional<double> value = cells_.number(row, kValue);
            if (!value || !std::isfinite(*value) || *value * options_.scale < options_.minimum)
                continue;
            known.push_back(architecture(row, space));
            values.push_back(*value);
        }
        try {
            fill_.emplace(space.decisions(), known, values);
        } catch (const Error& error) {
            throw Error(options_.file.string() + ": column '" + options_.column +
                        "' cannot be filled: " + error.what());
        }
    }

    CsvColumns cells_;
    const Options& options_;
    std::unordered_map<Architecture, std::size_t> row_of_;
    std::optional<PairwiseRidge> fill_;
};

void Table::Options::describe(Describe<Options>& d)
{
    d("file", &Options::file, "CSV with a header line, also .gz or .xz; one row an architecture").must();
    d("column", &Options::column, "the column with the numbers").must();
    d("as", &Options::as, "name of the metric, with its unit; empty: the column's name");
    d("arch_column", &Options::arch_column, "the column with the architectures in the space's text form");
    d("scale", &Options::scale, "factor from the column's unit to the metric's");
    d("of", &Options::of,
      "what a row is: architecture, each for itself; network: the canonical architecture's row stands for all "
      "architectures that are the same network")
        .one_of({"architecture", "network"});
    d("minimum", &Options::minimum, "smaller values of the metric are failures: the measurement cannot be right");
    d("fill", &Options::fill, "empty cells: failures, or predicted by a ridge regression on pairs of options")
        .one_of({"none", "pairwise"});
}

namespace {

/// Equal, or equal but for a letter left out or put in, or letters exchanged.
bool is_or_was_meant(std::string given, std::string wanted)
{
    std::sort(given.begin(), given.end());
    std::sort(wanted.begin(), wanted.end());
    std::string different;
    std::set_symmetric_difference(given.begin(), given.end(), wanted.begin(), wanted.end(),
                                  std::back_inserter(different));
    return different.size() <= 1;
}

/// A constraint whose metric is misspelt is refused by whoever knows all metrics, at its own place.
bool kept_from_winning(const std::string& flag, const Setup& setup)
{
    return std::any_of(setup.constraints.begin(), setup.constraints.end(),
                       [&](const Constraint& c) { return is_or_was_meant(c.metric, flag) && !c.holds(1); });
}

}  // namespace

Table::Table(const Options& options, const Setup& setup) : options_{options}, space_{space_of(setup)}
{
    std::vector<OptionError> wrong =
        wrong_columns(options_.file, {{"column", options_.column}, {"arch_column", options_.arch_column}});
    if (options_.column == options_.arch_column)
        wrong.emplace_back("column",
                           "'" + options_.column + "' is the column with the architectures, not with numbers");
    if (std::optional<OptionError> scale =
            wrong_scale(wrong.empty() ? options_.column : "", options_.as, options_.scale))
        wrong.push_back(std::move(*scale));
    if (options_.as.empty())
        options_.as = options_.column;
    if (options_.fill != "none" && !kept_from_winning(options_.as + "_filled", setup))
        wrong.emplace_back("fill", "a predicted cell must never win: add {metric: " + options_.as +
                                       "_filled, max: 0, enforce: winners} to `constraints`");
    if (!wrong.empty())
        throw OptionErrors(std::move(wrong));
    rows_ = std::async(std::launch::deferred, [this] { return std::make_unique<const Rows>(options_, space_); });
}

Table::~Table() = default;

std::vector<std::string> Table::metrics() const
{
    if (options_.fill == "none")
        return {options_.as};
    return {options_.as, options_.as + "_filled"};
}

std::vector<Evaluation> Table::evaluate(std::span<const Candidate> batch, Context&)
{
    std::vector<Evaluation> results;
    results.reserve(batch.size());
    for (const Candidate& candidate : batch)
        results.push_back(evaluated(candidate));
    return results;
}

Evaluation Table::evaluated(const Candidate& candidate) const
{
    const Architecture& a = candidate.architecture();
    if (!candidate.space())
        return failed(a, "a table has whole architectures, not single operators");
    Rows::Found found = rows_.get()->find(options_.of == "network" ? candidate.canonical() : a, space_);
    if (!found.value)
        return failed(a, std::move(found.reason));
    Evaluation result{.architecture = a, .metrics = {{options_.as, *found.value * options_.scale}}, .reason = {}};
    if (options_.fill != "none")
        result.metrics.emplace(options_.as + "_filled", found.filled ? 1 : 0);
    return result;
}

std::string Table::key(const Candidate& c) const
{
    return options_.of == "network" ? c.key() : to_string(c.architecture());
}

}  // namespace espalier::cost_models
