// SPDX-License-Identifier: Apache-2.0
#include "espalier/dynas_t/results_file.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <limits>
#include <optional>
#include <set>

#include "espalier/dynas_t/notation.hpp"
#include "espalier/error.hpp"
#include "espalier/sdk/csv.hpp"

namespace espalier::dynas_t {
namespace {

constexpr const char* kArchitecture = "Sub-network";
constexpr const char* kDate = "Date";
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

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

std::string date_text(double since_1970)
{
    const auto micro = static_cast<std::int64_t>(std::llround(since_1970 * 1e6));
    const auto whole = static_cast<std::time_t>(micro / 1000000);
    std::tm parts{};
    gmtime_r(&whole, &parts);
    std::array<char, 32> text{};
    std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &parts);
    if (const auto rest = static_cast<int>(micro % 1000000); rest != 0)
        size += static_cast<std::size_t>(std::snprintf(text.data() + size, text.size() - size, ".%06d", rest));
    return {text.data(), size};
}

/// DyNAS-T's four columns; with another measure of quality instead of accuracy where only that is known.
std::vector<Column> columns_for(const std::vector<Evaluation>& rows)
{
    const auto known = [&](const char* metric) {
        return std::ranges::any_of(rows, [&](const Evaluation& row) { return row.metrics.contains(metric); });
    };
    std::vector<Column> columns(kColumns.begin(), kColumns.begin() + 4);
    if (!known("macs") && known("model_size"))
        columns[2] = kColumns[4];
    if (!known("top1_pct"))
        for (std::size_t quality = 5; quality < kColumns.size(); ++quality)
            if (known(kColumns[quality].metric))
                columns[3] = kColumns[quality];
    return columns;
}

/// As Python writes it: what is counted as a whole number, what is measured with a point, 0 for "not measured".
std::string number_text(const std::string& metric, double value)
{
    const double size = std::abs(value);
    const bool plain = size == 0 || (size >= 1e-4 && size < 1e16);
    std::array<char, 32> buffer{};
    char* const end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                    plain ? std::chars_format::fixed : std::chars_format::scientific)
                          .ptr;
    std::string text(buffer.data(), end);
    const bool counted = metric == "params" || metric == "macs" || metric == "model_size" || value == 0;
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

/// The metrics of a row from column `first` on.
Evaluation read_row(const CsvColumns& csv, std::size_t row, const std::vector<std::string>& columns, std::size_t first,
                    Notation& notation)
{
    Evaluation read;
    try {
        read.architecture = notation.parse(csv.cell(row, 0));
    } catch (const Error& error) {
        throw Error(csv.place(row, 0) + ": " + error.what());
    }
    for (std::size_t column = first; column < columns.size(); ++column) {
        const std::optional<double> value = csv.number(row, column);
        if (!value)
            throw Error(csv.place(row, column) + ": '" + csv.cell(row, column) + "' is no number");
        if (*value != 0)  // else it was not measured
            read.metrics.insert_or_assign(metric_of(columns[column]), *value);
    }
    return read.metrics.empty() ? failed(std::move(read.architecture), "nothing was measured") : read;
}

}  // namespace

std::string metric_of(const std::string& column)
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

double seconds_since_1970(const std::string& date)
{
    int year = 0;
    unsigned month = 0, day = 0, hour = 0, minute = 0;
    double second = 0;
    char between = ' ';
    if (std::sscanf(date.c_str(), "%d-%u-%u%c%u:%u:%lf", &year, &month, &day, &between, &hour, &minute, &second) != 7)
        return kNone;
    const std::chrono::year_month_day civil{std::chrono::year(year), std::chrono::month(month), std::chrono::day(day)};
    if (!civil.ok())
        return kNone;
    const auto days = std::chrono::sys_days(civil).time_since_epoch().count();
    return static_cast<double>(days * 86400L + hour * 3600L + minute * 60L) + second;
}

Results read_results(const std::filesystem::path& file, const SearchSpace& space)
{
    const std::vector<std::string> header = csv_header(file);
    const bool dated = std::ranges::find(header, kDate) != header.end();
    std::vector<std::string> columns{kArchitecture};
    if (dated)
        columns.emplace_back(kDate);
    const std::size_t first_metric = columns.size();
    for (const std::string& column : header)
        if (column != kArchitecture && column != kDate)
            columns.push_back(column);
    const CsvColumns csv(file, columns);
    if (csv.rows() == 0)
        throw Error(file.string() + ": holds no row");
    Notation notation(space.decisions());
    Results read;
    for (std::size_t row = 0; row < csv.rows(); ++row) {
        read.rows.push_back(read_row(csv, row, columns, first_metric, notation));
        read.dates.push_back(dated ? seconds_since_1970(csv.cell(row, 1)) : kNone);
    }
    read.form = notation.form();
    return read;
}

std::string results_text(const Results& results, const SearchSpace& space)
{
    Notation notation(space.decisions());
    if (results.form.empty())
        notation.set_resolution(input_side(space));
    else
        notation.set_form(results.form);
    const std::vector<Column> columns = columns_for(results.rows);
    std::string text = std::string(kArchitecture) + "," + kDate;
    for (const Column& column : columns)
        text += std::string(",") + column.title;
    text += '\n';
    for (std::size_t i = 0; i < results.rows.size(); ++i) {
        text += "\"" + notation.text(results.rows[i].architecture) + "\"," + date_text(results.dates[i]);
        for (const Column& column : columns) {
            const auto found = results.rows[i].metrics.find(column.metric);
            text += "," + number_text(column.metric, found == results.rows[i].metrics.end() ? 0 : found->second);
        }
        text += '\n';
    }
    return text;
}

}  // namespace espalier::dynas_t
