// SPDX-License-Identifier: Apache-2.0
#include "host/study/dynas_t_csv.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <limits>
#include <optional>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "espalier/error.hpp"
#include "espalier/sdk/csv.hpp"

#include "host/study/dynas_t_notation.hpp"
#include "host/tell/table.hpp"

namespace espalier::host {
namespace {

constexpr const char* kArchitecture = "Sub-network";
constexpr const char* kDate = "Date";

struct Column {
    const char *title, *metric;
};
constexpr std::array<Column, 8> kColumns{{{"Model Parameters", "params"},
                                          {"Latency (ms)", "latency_ms"},
                                          {"MACs", "macs"},
                                          {"Top-1 Acc (%)", "top1_pct"},
                                          {"Model Size", "model_size"},
                                          {"BLEU Score", "bleu"},
                                          {"SST-2 Acc", "sst2_acc"},
                                          {"HR@10", "hr10"}}};

/// Days since 1970-01-01 in the Gregorian calendar (Hinnant, "chrono-compatible low-level date algorithms").
std::int64_t days(int year, int month, int day)
{
    year -= month <= 2 ? 1 : 0;
    const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
    const auto of_era = static_cast<std::int64_t>(year) - era * 400;
    const std::int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

/// "2022-11-01 05:40:09.265694", also with a T, as seconds since 1970; NaN: it is none.
double seconds(const std::string& text)
{
    int year = 0, month = 0, day = 0, hour = 0, minute = 0;
    double second = 0;
    char between = ' ';
    if (std::sscanf(text.c_str(), "%d-%d-%d%c%d:%d:%lf", &year, &month, &day, &between, &hour, &minute, &second) != 7)
        return std::numeric_limits<double>::quiet_NaN();
    return static_cast<double>(days(year, month, day) * 86400 + hour * 3600L + minute * 60L) + second;
}

std::string date(double since_1970)
{
    const auto micro = static_cast<std::int64_t>(std::llround(since_1970 * 1e6));
    const std::string text =
        fmt::format("{:%Y-%m-%d %H:%M:%S}", fmt::gmtime(static_cast<std::time_t>(micro / 1000000)));
    return micro % 1000000 == 0 ? text : fmt::format("{}.{:06d}", text, micro % 1000000);
}

const char* title_of(const std::string& metric)
{
    const auto found = std::ranges::find_if(kColumns, [&](const Column& c) { return metric == c.metric; });
    return found == kColumns.end() ? nullptr : found->title;
}

/// DyNAS-T's four columns; with another measure of quality instead of accuracy where only that is known.
std::vector<std::string> columns_for(const std::set<std::string>& metrics)
{
    std::vector<std::string> columns{"params", "latency_ms", "macs", "top1_pct"};
    for (const char* quality : {"bleu", "sst2_acc", "hr10"})
        if (!metrics.contains("top1_pct") && metrics.contains(quality))
            columns.back() = quality;
    if (!metrics.contains("macs") && metrics.contains("model_size"))
        columns[2] = "model_size";
    return columns;
}

/// As Python writes it: what is counted as a whole number, what is measured with a point, 0 for "not measured".
std::string number_text(const std::string& metric, double value)
{
    const bool counted = metric == "params" || metric == "macs" || metric == "model_size" || value == 0;
    std::string text = exact(value);
    if (!counted && text.find_first_not_of("-0123456789") == std::string::npos)
        text += ".0";
    return text;
}

int input_side(const SearchSpace& space)
{
    try {
        const Network network = space.network(Region(space.decisions()));
        const Shape shape = network.size() > 0 ? network[0].shape() : Shape{};
        return shape.size() == 3 ? static_cast<int>(shape[1]) : 0;
    } catch (const Error&) {  // a space that cannot superpose
        return 0;
    }
}

}  // namespace

std::string dynas_t_metric(const std::string& column)
{
    for (const Column& known : kColumns)
        if (column == known.title)
            return known.metric;
    std::string metric;
    for (const char c : column) {
        if (std::isalnum(static_cast<unsigned char>(c)) != 0)
            metric += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        else if (!metric.empty() && metric.back() != '_')
            metric += '_';
    }
    while (metric.ends_with('_'))
        metric.pop_back();
    return metric;
}

DynasTRows read_dynas_t(const std::filesystem::path& file, const SearchSpace& space)
{
    const std::vector<std::string> header = csv_header(file);
    std::vector<std::string> wanted{kArchitecture};
    const bool dated = std::ranges::find(header, kDate) != header.end();
    if (dated)
        wanted.emplace_back(kDate);
    const std::size_t first_metric = wanted.size();
    for (const std::string& column : header)
        if (column != kArchitecture && column != kDate)
            wanted.push_back(column);
    const CsvColumns csv(file, wanted);
    DynasTNotation notation(space.decisions());
    DynasTRows read;
    for (std::size_t row = 0; row < csv.rows(); ++row) {
        StoredEvaluation stored;
        stored.index = row;
        try {
            stored.evaluation.architecture = notation.parse(csv.cell(row, 0));
        } catch (const Error& error) {
            throw Error(fmt::format("{}: {}", csv.place(row, 0), error.what()));
        }
        stored.key = space.key(stored.evaluation.architecture);
        for (std::size_t column = first_metric; column < wanted.size(); ++column) {
            const std::optional<double> value = csv.number(row, column);
            if (!value)
                throw Error(fmt::format("{}: '{}' is no number", csv.place(row, column), csv.cell(row, column)));
            if (*value == 0)  // not measured
                continue;
            const std::string metric = dynas_t_metric(wanted[column]);
            stored.evaluation.metrics.insert_or_assign(metric, *value);
            read.metrics.insert(metric);
        }
        if (stored.evaluation.metrics.empty())
            stored.evaluation = failed(stored.evaluation.architecture, "nothing was measured");
        read.dates.push_back(dated ? seconds(csv.cell(row, 1)) : std::numeric_limits<double>::quiet_NaN());
        read.rows.push_back(std::move(stored));
    }
    if (read.rows.empty())
        throw Error(fmt::format("{}: holds no row", file.string()));
    read.form = notation.form();
    return read;
}

std::string dynas_t_csv(const RunStore& store, const SearchSpace& space,
                        const std::map<std::string, std::string>& renamed, std::size_t& left_out)
{
    DynasTNotation notation(space.decisions());
    if (const std::optional<std::string> form = store.provenance(kDynasTForm))
        notation.set_form(*form);
    else
        notation.set_resolution(input_side(space));
    std::map<std::size_t, double> dates;
    for (const NotedValue& note : store.notes(kDateSeries))
        if (note.source == NotedValue::Source::component)
            dates[note.row] = note.value;
    const double started = seconds(store.provenance("started").value_or("1970-01-01T00:00:00Z"));

    const auto name_of = [&](const std::string& metric) {
        const auto found = renamed.find(metric);
        return found == renamed.end() ? metric : found->second;
    };
    std::set<std::string> metrics;
    store.for_each_evaluation([&](const StoredEvaluation& row) {
        for (const auto& [metric, value] : row.evaluation.metrics)
            metrics.insert(name_of(metric));
    });
    const std::vector<std::string> columns = columns_for(metrics);
    std::string text = fmt::format("{},{}", kArchitecture, kDate);
    for (const std::string& column : columns)
        text += fmt::format(",{}", title_of(column));
    text += '\n';
    left_out = 0;
    store.for_each_evaluation([&](const StoredEvaluation& row) {
        if (!row.evaluation.ok()) {
            ++left_out;
            return;
        }
        std::map<std::string, double> values;
        for (const auto& [metric, value] : row.evaluation.metrics)
            values[name_of(metric)] = value;
        const auto noted = dates.find(row.index);
        text += fmt::format("\"{}\",{}", notation.text(row.evaluation.architecture),
                            date(noted == dates.end() ? started : noted->second));
        for (const std::string& column : columns)
            text += "," + number_text(column, values.contains(column) ? values[column] : 0);
        text += '\n';
    });
    return text;
}

}  // namespace espalier::host
