// SPDX-License-Identifier: Apache-2.0
#include "espalier/sdk/cost_table.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <set>
#include <system_error>

#include "espalier/config.hpp"
#include "espalier/error.hpp"
#include "espalier/number_in.hpp"
#include "espalier/sdk/files.hpp"
#include "espalier/sdk/units.hpp"

#include "csv_head.hpp"

namespace espalier {
namespace {

constexpr std::string_view kFormat = "espalier-cost-table", kVersion = "1";
constexpr std::string_view kBlanks = " \t";
constexpr std::size_t kFirstBytes = 256;

std::string_view stripped(std::string_view text, std::string_view of)
{
    text.remove_prefix(std::min(text.find_first_not_of(of), text.size()));
    text.remove_suffix(text.size() - (text.find_last_not_of(of) + 1));
    return text;
}

int count(const std::string& text)
{
    const std::optional<int> number = number_in<int>(text);
    if (!number || *number < 1)
        throw Error("must be a whole number from 1, not '" + text + "'");
    return *number;
}

/// A line of the header: its key, and how its value gets into a CostTableHeader and out of it.
struct Key {
    std::string_view name;
    std::function<void(CostTableHeader&, const std::string&)> read;
    std::function<std::string(const CostTableHeader&)> text;  // empty: not said
};

Key words(std::string_view name, std::string CostTableHeader::*field)
{
    return {name, [field](CostTableHeader& header, const std::string& text) { header.*field = text; },
            [field](const CostTableHeader& header) { return header.*field; }};
}

Key number(std::string_view name, int CostTableHeader::*field)
{
    return {name, [field](CostTableHeader& header, const std::string& text) { header.*field = count(text); },
            [field](const CostTableHeader& header) {
                return header.*field == 0 ? std::string() : std::to_string(header.*field);
            }};
}

constexpr std::string_view kDevice = "device", kRows = "rows";

const std::vector<Key>& keys()
{
    static const std::vector<Key> all{
        words(kDevice, &CostTableHeader::device),        words("processor", &CostTableHeader::processor),
        number("threads", &CostTableHeader::threads),    number("batch", &CostTableHeader::batch),
        words("precision", &CostTableHeader::precision), words("runtime", &CostTableHeader::runtime),
        words("date", &CostTableHeader::date),           words("tool version", &CostTableHeader::tool_version),
        words("protocol", &CostTableHeader::protocol),   number(kRows, &CostTableHeader::rows)};
    return all;
}

std::vector<std::string> key_names()
{
    std::vector<std::string> names;
    for (const Key& key : keys())
        names.emplace_back(key.name);
    return names;
}

/// Of the comment lines behind the first.
class HeaderLines {
public:
    void read(const Comment& comment)
    {
        const std::string_view text = stripped(std::string_view(comment.text).substr(1), kBlanks);
        const std::size_t colon = text.find(':');
        if (colon == std::string_view::npos)
            throw Error("'" + comment.text + "' is no line of a header, which is '# key: value'");
        const std::string key(stripped(text.substr(0, colon), kBlanks));
        const std::string value(stripped(text.substr(colon + 1), kBlanks));
        if (!seen_.insert(key).second)
            throw Error("'" + key + "' stands twice in the header");
        try {
            enter(key, value);
        } catch (const Error& error) {
            throw Error("'" + key + "' " + error.what());
        }
    }
    CostTableHeader done() const
    {
        for (const std::string_view key : {kDevice, kRows})
            if (seen_.count(std::string(key)) == 0)
                throw Error("the header has no line '# " + std::string(key) + ": ...'");
        return header_;
    }

private:
    void enter(const std::string& key, const std::string& value)
    {
        if (value.empty())
            throw Error("has no value; leave the line out where nothing is to be said");
        const auto found = std::find_if(keys().begin(), keys().end(), [&](const Key& k) { return k.name == key; });
        if (found == keys().end())
            throw Error("is no key of the header" + suggestion(key, key_names()));
        found->read(header_, value);
    }

    CostTableHeader header_;
    std::set<std::string> seen_;
};

std::string shown(double value)
{
    char digits[32];
    return {digits, std::to_chars(std::begin(digits), std::end(digits), value).ptr};
}

/// As a cell: quoted where it has to be.
std::string cell(const std::string& text)
{
    const bool plain = text.find_first_of("\",;\t\r\n") == std::string::npos && stripped(text, kBlanks) == text;
    if (plain)
        return text;
    std::string quoted = "\"";
    for (const char c : text)
        quoted += c == '"' ? "\"\"" : std::string(1, c);
    return quoted + '"';
}

std::string line(const std::vector<std::string>& cells)
{
    std::string text;
    for (const std::string& each : cells)
        text += (&each == &cells.front() ? "" : ",") + cell(each);
    return text + "\n";
}

std::vector<std::string> columns(const CostTable& table)
{
    std::vector<std::string> names = table.keys;
    for (const std::string& cost : table.costs) {
        names.push_back(cost);
        names.push_back(cost + std::string(kDispersion));
    }
    return names;
}

void refuse_unwritable(const CostTable& table)
{
    const std::vector<std::string> names = columns(table);
    check_cost_columns(names, "a table of costs");
    if (const std::set<std::string> distinct(names.begin(), names.end()); distinct.size() != names.size())
        throw Error("two columns of a table of costs have the same name");
    std::set<std::vector<std::string>> seen;
    for (const CostTable::Row& row : table.rows) {
        const std::string which = row.keys.empty() ? "a row" : "the row of '" + row.keys.front() + "'";
        if (row.keys.size() != table.keys.size() || row.costs.size() != table.costs.size())
            throw Error(which + " of a table of costs has not as many values as the table columns");
        if (!seen.insert(row.keys).second)
            throw Error(which + " stands twice in a table of costs");
        for (const CostTable::Cost& cost : row.costs)
            if (!std::isfinite(cost.value) || cost.deviation < 0 || std::isinf(cost.deviation))
                throw Error(which + " of a table of costs has a cost that is not finite, or a negative deviation");
    }
    if (table.rows.empty())
        throw Error("a table of costs has no rows");
}

}  // namespace

bool begins_cost_table(std::string_view line)
{
    return stripped(line, "\"# \t").starts_with(kFormat.substr(0, kFormat.rfind('-')));
}

CostTableHeader header_of(std::span<const Comment> comments, const std::string& file)
{
    std::size_t line = comments.front().line;
    try {
        const std::string wanted = "# " + std::string(kFormat) + " " + std::string(kVersion);
        const std::string_view first = stripped(comments.front().text, "# \t");
        const std::string_view version = stripped(first.substr(std::min(kFormat.size(), first.size())), kBlanks);
        if (!first.starts_with(kFormat) || number_in<unsigned>(version) == std::nullopt)
            throw Error("'" + comments.front().text + "' is not '" + wanted + "', with which a table of costs begins");
        if (version != kVersion)
            throw Error("is of version " + std::string(version) + " of the format; version " + std::string(kVersion) +
                        " is read");
        HeaderLines lines;
        for (const Comment& comment : comments.subspan(1)) {
            line = comment.line;
            lines.read(comment);
        }
        line = comments.front().line;
        return lines.done();
    } catch (const Error& error) {
        throw Error(file + ":" + std::to_string(line) + ": " + error.what());
    }
}

void check_cost_columns(std::span<const std::string> names, const std::string& place)
{
    bool any = false;
    for (const std::string& name : names) {
        if (!name.ends_with(kDispersion))
            continue;
        any = true;
        const std::string cost = name.substr(0, name.size() - kDispersion.size());
        if (std::find(names.begin(), names.end(), cost) == names.end())
            throw Error(place + ": column '" + name + "' is the dispersion of no column: there is no '" + cost + "'");
        if (unit_of(cost) == nullptr)
            throw Error(place + ": column '" + cost + "' has no unit: its name must end in one of " + unit_endings());
    }
    if (!any)
        throw Error(place + ": no column is a cost with its dispersion, such as 'latency_ms' and 'latency_ms" +
                    std::string(kDispersion) + "'");
}

std::optional<CostTableHeader> cost_table_header(const std::filesystem::path& file)
{
    std::string first = read_beginning_decompressed(file, kFirstBytes);  // of data of other kinds no more is looked at
    first.erase(0, first.find_first_not_of("\xEF\xBB\xBF\r\n"));
    return begins_cost_table(first) ? csv_head(file).measured : std::nullopt;
}

std::string summary(const CostTableHeader& header)
{
    std::string text = header.device;
    const auto add = [&text](const std::string& part) { text += (text.empty() || part.empty() ? "" : ", ") + part; };
    add(header.processor);
    if (header.threads > 0)
        add(std::to_string(header.threads) + (header.threads == 1 ? " thread" : " threads"));
    if (header.batch > 0)
        add("batch " + std::to_string(header.batch));
    add(header.precision);
    add(header.runtime);
    add(header.date);
    return text;
}

std::optional<std::string> wrong_cost_column(const std::filesystem::path& file, const std::string& column)
{
    const CsvHead head = csv_head(file);
    const std::string dispersion = column + std::string(kDispersion);
    if (!head.measured || std::find(head.names.begin(), head.names.end(), dispersion) != head.names.end())
        return std::nullopt;
    return file.string() + ":" + std::to_string(head.line) + ": column '" + column +
           "' is no cost with its dispersion: there is no '" + dispersion + "'";
}

std::string to_text(const CostTable& table)
{
    refuse_unwritable(table);
    CostTableHeader header = table.header;
    header.rows = static_cast<int>(table.rows.size());
    std::string text = "# " + std::string(kFormat) + " " + std::string(kVersion) + "\n";
    for (const Key& key : keys()) {
        const std::string value(stripped(key.text(header), kBlanks));
        if (value.empty() && key.name == kDevice)
            throw Error("the header of a table of costs needs a device");
        if (value.find_first_of("\r\n") != std::string::npos)
            throw Error("'" + std::string(key.name) + "' of a table of costs has more than one line");
        if (!value.empty())
            text += "# " + std::string(key.name) + ": " + value + "\n";
    }
    text += line(columns(table));
    for (const CostTable::Row& row : table.rows) {
        std::vector<std::string> cells = row.keys;
        for (const CostTable::Cost& cost : row.costs) {
            cells.push_back(shown(cost.value));
            cells.push_back(std::isnan(cost.deviation) ? "" : shown(cost.deviation));
        }
        text += line(cells);
    }
    return text;
}

void write_cost_table(const CostTable& table, const std::filesystem::path& file)
{
    write_whole(file, to_text(table));
}

}  // namespace espalier
