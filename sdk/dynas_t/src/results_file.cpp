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

#include "espalier/config.hpp"
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

/// A word that stands for a number that is not there.
bool says_not_measured(const std::string& cell)
{
    std::string word = cell;
    std::ranges::transform(word, word.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (word.starts_with('-') || word.starts_with('+'))
        word.erase(0, 1);
    return word.empty() || word == "nan" || word == "none" || word == "null" || word == "inf" || word == "infinity";
}

/// Columns of a file that become metrics.
struct MetricColumns {
    std::vector<std::string> titles, metrics;
};

std::string quoted_titles()
{
    std::string list;
    for (const Column& known : kColumns)
        list += (list.empty() ? "'" : ", '") + std::string(known.title) + "'";
    return list;
}

MetricColumns metric_columns(const std::string& file, const std::vector<std::string>& header, const Columns& more)
{
    std::vector<std::string> known{kArchitecture, kDate};
    for (const Column& column : kColumns)
        known.emplace_back(column.title);
    for (const auto& [title, metric] : more)
        if (std::ranges::find(header, title) == header.end())
            throw Error(file + ":1: no column '" + title + "'" + suggestion(title, header));
    MetricColumns columns;
    for (const std::string& title : header) {
        if (title == kArchitecture || title == kDate)
            continue;
        const auto asked = more.find(title);
        if (asked == more.end() && std::ranges::find(known, title) == known.end())
            throw Error(file + ":1: column '" + title + "' is none that DyNAS-T writes" + suggestion(title, known) +
                        "; known are " + quoted_titles() +
                        "; another one needs the name of its metric (--column TITLE=METRIC)");
        const std::string metric = asked == more.end() ? metric_of(title) : asked->second;
        if (metric.empty())
            continue;
        if (std::ranges::find(columns.metrics, metric) != columns.metrics.end())
            throw Error(file + ":1: column '" + title + "' would become '" + metric + "', as another one does");
        columns.titles.push_back(title);
        columns.metrics.push_back(metric);
    }
    return columns;
}

/// Cell `column` of a row, read by `read`, whose errors get the cell's place.
template <class Read>
auto placed(const CsvColumns& csv, std::size_t row, std::size_t column, Read read)
{
    try {
        return read(csv.cell(row, column));
    } catch (const Error& error) {
        throw Error(csv.place(row, column) + ": " + error.what());
    }
}

/// @param first the column where the metrics begin.
Evaluation read_row(const CsvColumns& csv, std::size_t row, const std::vector<std::string>& metrics, std::size_t first,
                    Notation& notation, std::size_t& without)
{
    Evaluation read;
    read.architecture = placed(csv, row, 0, [&](const std::string& text) { return notation.parse(text); });
    for (std::size_t m = 0; m < metrics.size(); ++m) {
        const std::optional<double> value = csv.number(row, first + m);
        if (!value && !says_not_measured(csv.cell(row, first + m)))
            throw Error(csv.no_number(row, first + m));
        const bool known = value && std::isfinite(*value);
        without += known ? 0 : 1;
        if (known && *value != 0)  // else it was not measured
            read.metrics.insert_or_assign(metrics[m], *value);
    }
    return read.metrics.empty() ? failed(std::move(read.architecture), "nothing was measured") : read;
}

double read_date(const std::string& text)
{
    const double date = seconds_since_1970(text);
    if (std::isnan(date) && !text.empty())
        throw Error("'" + text + "' is no date such as 2022-11-01 05:40:09.265694");
    return date;
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
    int year = 0, read = 0;
    unsigned month = 0, day = 0, hour = 0, minute = 0;
    double second = 0;
    char between = ' ';
    if (date.find_first_not_of("0123456789-:. TZ") != std::string::npos ||
        std::sscanf(date.c_str(), "%4d-%2u-%2u%c%2u:%2u:%lf%n", &year, &month, &day, &between, &hour, &minute, &second,
                    &read) != 7)
        return kNone;
    const std::string_view rest = std::string_view(date).substr(static_cast<std::size_t>(read));
    const std::chrono::year_month_day civil{std::chrono::year(year), std::chrono::month(month), std::chrono::day(day)};
    if (!civil.ok() || year < 1 || (between != ' ' && between != 'T') || hour > 23 || minute > 59 ||
        !(second >= 0 && second < 61) || !(rest.empty() || rest == "Z"))
        return kNone;
    const auto days = std::chrono::sys_days(civil).time_since_epoch().count();
    return static_cast<double>(days * 86400L + hour * 3600L + minute * 60L) + second;
}

Results read_results(const std::filesystem::path& file, const SearchSpace& space, const Columns& more)
{
    const std::vector<std::string> header = csv_header(file);
    const bool dated = std::ranges::find(header, kDate) != header.end();
    std::vector<std::string> columns{kArchitecture};
    if (dated)
        columns.emplace_back(kDate);
    const std::size_t first_metric = columns.size();
    const MetricColumns measured = metric_columns(file.string(), header, more);
    columns.insert(columns.end(), measured.titles.begin(), measured.titles.end());
    const CsvColumns csv(file, columns);
    if (csv.rows() == 0)
        throw Error(file.string() + ": holds no row");
    Notation notation(space.decisions());
    for (std::size_t row = 0; row < csv.rows(); ++row)
        placed(csv, row, 0, [&](const std::string& text) { notation.learn(text); });
    Results read;
    for (std::size_t row = 0; row < csv.rows(); ++row) {
        read.rows.push_back(read_row(csv, row, measured.metrics, first_metric, notation, read.without));
        read.dates.push_back(dated ? placed(csv, row, 1, read_date) : kNone);
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
    text += "\r\n";
    for (std::size_t i = 0; i < results.rows.size(); ++i) {
        text += "\"" + notation.text(results.rows[i].architecture) + "\"," + date_text(results.dates[i]);
        for (const Column& column : columns) {
            const auto found = results.rows[i].metrics.find(column.metric);
            text += "," + number_text(column.metric, found == results.rows[i].metrics.end() ? 0 : found->second);
        }
        text += "\r\n";
    }
    return text;
}

}  // namespace espalier::dynas_t
