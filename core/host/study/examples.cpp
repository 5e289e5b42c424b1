// SPDX-License-Identifier: Apache-2.0
#include "host/study/examples.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <set>
#include <sstream>
#include <unordered_set>

#include "espalier/config.hpp"
#include "espalier/error.hpp"
#include "espalier/number_in.hpp"
#include "espalier/sdk/csv.hpp"

namespace espalier::host {

namespace {

class Gathered {
public:
    explicit Gathered(const SearchSpace& space) : space_{space} {}

    void add(Architecture architecture, double value)
    {
        if (!seen_.insert(space_.key(architecture)).second) {
            ++examples_.again;
            return;
        }
        examples_.architectures.push_back(std::move(architecture));
        examples_.values.push_back(value);
    }
    void skip() { ++examples_.without; }
    Examples result() { return std::move(examples_); }

private:
    const SearchSpace& space_;
    Examples examples_;
    std::unordered_set<std::string> seen_;
};

/// The option with this label; of labels that are numbers, the one of the same value.
std::optional<std::uint16_t> option(const Decision& decision, const std::string& label)
{
    const std::optional<double> value = number_in<double>(label);
    for (std::size_t i = 0; i < decision.options.size(); ++i)
        if (decision.options[i] == label || (value && number_in<double>(decision.options[i]) == value))
            return static_cast<std::uint16_t>(i);
    return std::nullopt;
}

std::vector<std::string> words(std::string text)
{
    std::replace_if(
        text.begin(), text.end(), [](char c) { return c == ',' || c == '[' || c == ']'; }, ' ');
    std::istringstream stream(text);
    std::vector<std::string> all;
    for (std::string word; stream >> word;)
        all.push_back(word);
    return all;
}

/// A column and the decisions that it holds.
struct ColumnPart {
    std::string column;
    std::vector<std::size_t> decisions;
};

/// The longest column that begins the name, with nothing but numbers, dots, dashes and the like behind it.
std::string list_column(const std::string& decision, const std::vector<std::string>& columns)
{
    std::string longest;
    for (const std::string& column : columns) {
        const bool begins = !column.empty() && decision.size() > column.size() && decision.starts_with(column);
        if (begins && column.size() > longest.size() &&
            std::none_of(decision.begin() + static_cast<std::ptrdiff_t>(column.size()), decision.end(),
                         [](unsigned char c) { return std::isalpha(c) != 0; }))
            longest = column;
    }
    return longest;
}

/// Empty: the file has a column `architecture` instead.
std::vector<ColumnPart> parts(const std::filesystem::path& file, const SearchSpace& space,
                              const std::vector<std::string>& columns)
{
    std::vector<ColumnPart> parts;
    const std::span<const Decision> decisions = space.decisions();
    for (std::size_t i = 0; i < decisions.size(); ++i) {
        const std::string& name = decisions[i].name;
        const bool own = std::find(columns.begin(), columns.end(), name) != columns.end();
        const std::string column = own ? name : list_column(name, columns);
        const auto part =
            std::find_if(parts.begin(), parts.end(), [&](const ColumnPart& p) { return p.column == column; });
        if (column.empty()) {
            if (std::find(columns.begin(), columns.end(), "architecture") != columns.end())
                return {};
            throw Error(file.string() + ":1: has no column for decision '" + name +
                        "': neither one of its name, nor one with the beginning of its name that lists several, nor "
                        "one named architecture");
        }
        if (part == parts.end())
            parts.push_back({column, {i}});
        else
            part->decisions.push_back(i);
    }
    return parts;
}

/// Sets the decisions of one column of one row.
void read(const CsvColumns& csv, std::size_t row, std::size_t column, const ColumnPart& part, const SearchSpace& space,
          Architecture& architecture)
{
    const std::span<const Decision> decisions = space.decisions();
    const bool list = part.decisions.size() > 1 || part.column != decisions[part.decisions[0]].name;
    const std::vector<std::string> labels =
        list ? words(csv.cell(row, column)) : std::vector<std::string>{csv.cell(row, column)};
    if (labels.size() != part.decisions.size())
        throw Error(csv.place(row, column) + ": column '" + part.column + "' lists " + std::to_string(labels.size()) +
                    " labels; the space has " + std::to_string(part.decisions.size()) + " such decisions, '" +
                    decisions[part.decisions.front()].name + "' to '" + decisions[part.decisions.back()].name + "'");
    for (std::size_t i = 0; i < labels.size(); ++i) {
        const Decision& decision = decisions[part.decisions[i]];
        const std::optional<std::uint16_t> found = option(decision, labels[i]);
        if (!found)
            throw Error(csv.place(row, column) + ": '" + labels[i] + "' is no option of decision '" + decision.name +
                        "'" + suggestion(labels[i], decision.options));
        architecture.choices[part.decisions[i]] = *found;
    }
}

}  // namespace

Examples examples_from_csv(const std::filesystem::path& file, const SearchSpace& space, const std::string& metric)
{
    const std::vector<std::string> header = csv_header(file);
    if (std::find(header.begin(), header.end(), metric) == header.end())
        throw Error(file.string() + ":1: has no column '" + metric + "'" + suggestion(metric, header));
    const std::vector<ColumnPart> columns = parts(file, space, header);
    std::vector<std::string> names{metric};
    for (const ColumnPart& part : columns)
        names.push_back(part.column);
    if (columns.empty())
        names.emplace_back("architecture");

    const CsvColumns csv(file, names);
    Gathered gathered(space);
    for (std::size_t row = 0; row < csv.rows(); ++row) {
        const std::optional<double> value = csv.number(row, 0);
        const std::string text = csv.cell(row, 0);
        if (!value && !words(text).empty() && text != "nan" && text != "NaN")
            throw Error(csv.no_number(row, 0));
        if (!value || !std::isfinite(*value)) {
            gathered.skip();
            continue;
        }
        Architecture architecture{std::vector<std::uint16_t>(space.decisions().size())};
        for (std::size_t i = 0; i < columns.size(); ++i)
            read(csv, row, 1 + i, columns[i], space, architecture);
        if (columns.empty()) {
            try {
                architecture = space.parse(csv.cell(row, 1));
            } catch (const Error& error) {
                throw Error(csv.place(row, 1) + ": " + error.what());
            }
        }
        gathered.add(std::move(architecture), *value);
    }
    return gathered.result();
}

Examples examples_from_runs(std::span<const NamedRun> runs, const SearchSpace& space, const std::string& metric)
{
    Gathered gathered(space);
    std::set<std::string> metrics;
    for (const NamedRun& run : runs)
        run.store.for_each_evaluation([&](const StoredEvaluation& stored) {
            const Evaluation& evaluation = stored.evaluation;
            for (const auto& [name, value] : evaluation.metrics)
                metrics.insert(name);
            if (!fits(evaluation.architecture, space.decisions()))
                throw Error(run.name + ": evaluation " + std::to_string(stored.index) + ", '" +
                            to_string(evaluation.architecture) + "', is no architecture of the space");
            const auto found = evaluation.metrics.find(metric);
            if (evaluation.ok() && found != evaluation.metrics.end() && std::isfinite(found->second))
                gathered.add(evaluation.architecture, found->second);
            else
                gathered.skip();
        });
    if (!metrics.contains(metric))
        throw Error(runs.front().name + ": no evaluation has a metric '" + metric + "'" +
                    suggestion(metric, {metrics.begin(), metrics.end()}));
    return gathered.result();
}

}  // namespace espalier::host
