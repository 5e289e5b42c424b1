// SPDX-License-Identifier: Apache-2.0
#include "profile.hpp"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <utility>

#include "espalier/error.hpp"
#include "espalier/sdk/cost_table.hpp"
#include "espalier/sdk/csv.hpp"

namespace espalier::hurricane {
namespace {

using Row = CostTable::Row;

const std::vector<std::string> kKeys{"operator", "in_side_px", "in_channels", "out_channels", "stride"};

std::vector<std::string> keys(const Operator& op, const Place& place)
{
    return {std::string(op.name), std::to_string(place.side), std::to_string(place.in), std::to_string(place.out),
            std::to_string(place.stride)};
}

std::string dispersion(const std::string& column)
{
    return column + "_sd";
}

std::string today()
{
    const std::time_t now = std::time(nullptr);
    std::tm utc{};
    ::gmtime_r(&now, &utc);
    char text[sizeof "YYYY-MM-DD"];
    return {text, std::strftime(text, sizeof text, "%Y-%m-%d", &utc)};
}

/// The rows that have a cost.
std::vector<Row> read(const std::filesystem::path& file, const std::string& column)
{
    if (!std::filesystem::exists(file))
        return {};
    std::vector<std::string> columns = kKeys;
    columns.push_back(column);
    const std::vector<std::string> header = csv_header(file);
    if (std::find(header.begin(), header.end(), dispersion(column)) != header.end())
        columns.push_back(dispersion(column));
    const CsvColumns cells(file, columns);
    std::vector<Row> rows;
    for (std::size_t row = 0; row < cells.rows(); ++row) {
        if (cells.cell(row, kKeys.size()).empty())
            continue;
        Row& read = rows.emplace_back();
        for (std::size_t key = 0; key < kKeys.size(); ++key)
            read.keys.push_back(cells.cell(row, key));
        const auto cost = cells.number(row, kKeys.size());
        if (!cost)
            throw Error(cells.no_number(row, kKeys.size()) + " in column '" + column + "'");
        read.costs.push_back({.value = *cost});
        if (columns.size() > kKeys.size() + 1)
            if (const auto deviation = cells.number(row, kKeys.size() + 1))
                read.costs.back().deviation = *deviation;
    }
    return rows;
}

const Row* found(const std::vector<Row>& rows, const std::vector<std::string>& keys)
{
    const auto row = std::find_if(rows.begin(), rows.end(), [&](const Row& one) { return one.keys == keys; });
    return row == rows.end() ? nullptr : &*row;
}

/// The header of a table that what is measured now may be added to.
CostTableHeader header_for(const std::filesystem::path& file, const std::string& column, const MeasuringConditions& now)
{
    CostTableHeader header{.device = now.processor.empty() ? "not known" : now.processor,
                           .processor = now.processor,
                           .threads = now.threads,
                           .batch = now.batch,
                           .precision = now.precision,
                           .runtime = now.runtime,
                           .date = today()};
    if (!std::filesystem::exists(file))
        return header;
    std::vector<std::string> own = kKeys;
    own.insert(own.end(), {column, dispersion(column)});
    const std::optional<CostTableHeader> there = cost_table_header(file);
    if (!there || csv_header(file) != own)
        throw Error(file.string() +
                    ": lacks operators, and is no table that others can be added to; name another file");
    const MeasuringConditions then{there->processor, there->precision, there->runtime, there->threads, there->batch};
    if (then != now)
        throw Error(file.string() + ": lacks operators, and was measured on other conditions (" + summary(*there) +
                    ") than those of now (" + summary(header) + "); name another file");
    header.device = there->device;
    return header;
}

}  // namespace

ProfileTable::ProfileTable(std::filesystem::path file, std::string column, MeasuringConditions conditions)
    : file_{std::move(file)}, column_{std::move(column)}, conditions_{std::move(conditions)}
{
}

double ProfileTable::operator()(const Operator& op, const Place& place, const Price& price) const
{
    const std::vector<std::string> wanted = keys(op, place);
    const std::vector<Row> known = read(file_, column_);
    if (const Row* row = found(known, wanted))
        return row->costs.front().value;
    if (!price)
        throw Error(file_.string() + ": no row with operator " + wanted[0] + ", in_side_px " + wanted[1] +
                    ", in_channels " + wanted[2] + ", out_channels " + wanted[3] + ", stride " + wanted[4]);
    CostTable table{.header = header_for(file_, column_, conditions_), .keys = kKeys, .costs = {column_}, .rows = {}};
    const double cost = price(op, place);
    table.rows = read(file_, column_);  // anew: another process may have added to it meanwhile
    if (const Row* row = found(table.rows, wanted))
        return row->costs.front().value;
    table.rows.push_back({wanted, {{.value = cost}}});
    write_cost_table(table, file_);
    return cost;
}

}  // namespace espalier::hurricane
