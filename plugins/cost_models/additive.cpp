// SPDX-License-Identifier: Apache-2.0
#include "additive.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "espalier/error.hpp"
#include "espalier/number_in.hpp"
#include "espalier/sdk/csv.hpp"
#include "espalier/sdk/scale.hpp"

#include "named_columns.hpp"
#include "priced.hpp"

namespace espalier::cost_models {
namespace {

constexpr std::size_t kDecision = 0, kOption = 1, kCost = 2;

const SearchSpace& space_to_sum_over(const Setup& setup)
{
    if (!setup.space)
        throw Error("a table of decisions' options needs a search space: it has the decisions");
    return *setup.space;
}

/// The decision of this name, or of this number from 1; none: 0, what all architectures have in common.
std::optional<std::size_t> decision_of(const std::string& text, std::span<const Decision> decisions)
{
    const auto found =
        std::find_if(decisions.begin(), decisions.end(), [&](const Decision& d) { return d.name == text; });
    if (found != decisions.end())
        return static_cast<std::size_t>(found - decisions.begin());
    if (text == "0")
        return std::nullopt;
    if (const auto number = number_in<std::size_t>(text); number && *number > 0 && *number <= decisions.size())
        return *number - 1;
    std::vector<std::string> names;
    for (const Decision& d : decisions)
        names.push_back(d.name);
    throw Error("'" + text + "' is no decision of the space: no name of one, and no number from 1 to " +
                std::to_string(decisions.size()) + ", or 0 for what all have in common" + suggestion(text, names));
}

std::size_t option_of(const std::string& text, const Decision& decision)
{
    const auto found = std::find(decision.options.begin(), decision.options.end(), text);
    if (found == decision.options.end())
        throw Error("'" + text + "' is no option of decision '" + decision.name + "'" +
                    suggestion(text, decision.options));
    return static_cast<std::size_t>(found - decision.options.begin());
}

/// What `read` makes of a cell's text, or an error that names its place.
template <class Read>
auto read_cell(const CsvColumns& cells, std::size_t row, std::size_t column, Read read)
{
    try {
        return read(cells.cell(row, column));
    } catch (const Error& error) {
        throw Error(cells.place(row, column) + ": " + error.what());
    }
}

}  // namespace

struct Additive::Rows {
    double common = 0;
    std::vector<std::vector<double>> of;  // by decision and option

    Rows(const Options& o, std::span<const Decision> decisions)
    {
        const CsvColumns cells(o.file, {o.decision_column, o.option_column, o.column});
        std::optional<std::size_t> common_row;
        std::vector<std::vector<std::optional<std::size_t>>> rows;  // by decision and option
        for (const Decision& decision : decisions) {
            of.emplace_back(decision.options.size());
            rows.emplace_back(decision.options.size());
        }
        for (std::size_t row = 0; row < cells.rows(); ++row) {
            const std::optional<std::size_t> decision =
                read_cell(cells, row, kDecision, [&](const std::string& text) { return decision_of(text, decisions); });
            const std::size_t option = !decision ? 0 : read_cell(cells, row, kOption, [&](const std::string& text) {
                return option_of(text, decisions[*decision]);
            });
            std::optional<std::size_t>& known = decision ? rows[*decision][option] : common_row;
            if (known)
                throw Error(cells.place(row, kDecision) + ": the same option stands at " +
                            cells.place(*known, kDecision));
            known = row;
            const std::optional<double> cost = cells.number(row, kCost);
            if (!cost)
                throw Error(cells.no_number(row, kCost) + " in column '" + o.column + "'");
            if (!std::isfinite(*cost))
                throw Error(cells.place(row, kCost) + ": '" + cells.cell(row, kCost) + "' in column '" + o.column +
                            "' is not finite");
            (decision ? of[*decision][option] : common) = *cost * o.scale;
        }
        for (std::size_t d = 0; d < rows.size(); ++d)
            for (std::size_t option = 0; option < rows[d].size(); ++option)
                if (!rows[d][option])
                    throw Error(o.file.string() + ": no row for option '" + decisions[d].options[option] +
                                "' of decision '" + decisions[d].name + "'");
    }

    double operator()(const Architecture& a) const
    {
        double sum = common;
        for (std::size_t d = 0; d < of.size(); ++d)
            sum += of[d][a.choices[d]];
        return sum;
    }
};

void Additive::Options::describe(Describe<Options>& d)
{
    d("file", &Options::file, "CSV with a header line, also .gz or .xz; one row an option of a decision").must();
    d("column", &Options::column, "the column with the numbers").must();
    d("as", &Options::as, "name of the metric, with its unit; empty: the column's name");
    d("decision_column", &Options::decision_column,
      "the column with the decisions: names, or numbers from 1; 0: what all architectures have in common");
    d("option_column", &Options::option_column, "the column with the options' names");
    d("scale", &Options::scale, "factor from the column's unit to the metric's");
}

Additive::Additive(const Options& options, const Setup& setup) : options_{options}, space_{space_to_sum_over(setup)}
{
    if (options_.as.empty())
        options_.as = options_.column;
    std::vector<OptionError> wrong = wrong_columns(options_.file, {{"column", options_.column},
                                                                   {"decision_column", options_.decision_column},
                                                                   {"option_column", options_.option_column}});
    if (std::optional<OptionError> scale =
            wrong_scale(wrong.empty() ? options_.column : "", options_.as, options_.scale))
        wrong.push_back(std::move(*scale));
    if (!wrong.empty())
        throw OptionErrors(std::move(wrong));
    rows_ = std::async(std::launch::deferred,
                       [this] { return std::make_unique<const Rows>(options_, space_.decisions()); });
}

Additive::~Additive() = default;

std::vector<Evaluation> Additive::evaluate(std::span<const Candidate> batch, Context&)
{
    const Rows& rows = *rows_.get();  // a file that is damaged ends the run; it is no architecture's failure
    return priced(batch, [&](const Candidate& c) {
        if (!c.space())
            throw Error("a table of decisions' options has whole architectures, not single operators");
        return Metrics{{options_.as, rows(c.canonical())}};
    });
}

DecisionTerms Additive::terms(const Architecture& canonical) const
{
    const Rows& rows = *rows_.get();
    DecisionTerms terms{.common = rows.common, .decisions = {}};
    for (std::size_t d = 0; d < rows.of.size(); ++d)
        terms.decisions.push_back(rows.of[d][canonical.choices[d]]);
    return terms;
}

}  // namespace espalier::cost_models
