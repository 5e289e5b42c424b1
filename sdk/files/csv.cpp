// SPDX-License-Identifier: Apache-2.0
#include "espalier/sdk/csv.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <set>

#include "espalier/config.hpp"
#include "espalier/error.hpp"
#include "espalier/number_in.hpp"
#include "espalier/sdk/files.hpp"

#include "csv_head.hpp"

namespace espalier {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kFormula = "=+-@";  // with an apostrophe before it a spreadsheet does not calculate it
constexpr std::string_view kSeparators = ",;\t";
constexpr std::size_t kHeaderBytes = std::size_t{1} << 16, kMostHeaderBytes = std::size_t{1} << 24;
constexpr std::size_t kMostBytes = std::size_t{1} << 29;
constexpr std::size_t kMostRows = 10'000'000;

std::string unquoted(std::string_view raw)
{
    std::string text;
    for (std::size_t i = 0; i < raw.size(); ++i) {
        text += raw[i];
        if (raw[i] == '"' && i + 1 < raw.size() && raw[i + 1] == '"')
            ++i;
    }
    return text;
}

std::string_view trimmed(std::string_view text)
{
    text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
    text.remove_suffix(text.size() - std::min(text.find_last_not_of(" \t") + 1, text.size()));
    return text;
}

bool is_comment(std::string_view line)
{
    return line.starts_with('#') || line.starts_with("\"#");
}

/// A comment as it was written: a spreadsheet puts one that has separators into quotation marks, and fills up its line.
std::string comment_text(std::string_view line)
{
    line = line.substr(0, line.find_last_not_of(" \t\r,;") + 1);
    if (line.size() > 1 && line.front() == '"' && line.back() == '"')
        return unquoted(line.substr(1, line.size() - 2));
    return std::string(line);
}

/// What stands between the cells of a header: a comma, or a semicolon or a tab where there are more of those.
char separator_of(std::string_view header)
{
    std::array<std::size_t, 3> counts{};
    bool quoted = false;
    for (const char c : header) {
        quoted = quoted != (c == '"');
        if (const std::size_t which = kSeparators.find(c); !quoted && which != std::string_view::npos)
            ++counts[which];
    }
    return kSeparators[static_cast<std::size_t>(std::max_element(counts.begin(), counts.end()) - counts.begin())];
}

/// Goes through CSV text cell by cell.
class Scanner {
public:
    Scanner(const std::string& text, const std::string& file) : text_{text}, file_{file}
    {
        if (text_.starts_with("\xFF\xFE") || text_.starts_with("\xFE\xFF"))
            throw Error(file + ": is UTF-16 text; save it as UTF-8");
        if (text_.starts_with(kByteOrderMark))
            at_ = kByteOrderMark.size();
        next_line();
        const std::string_view first = line();
        if (first.find('\0') != std::string_view::npos)
            throw Error(file + ": is no text in UTF-8: a null character stands in its first line");
        if (const std::size_t cr = first.find('\r'); cr != std::string_view::npos && cr + 1 < first.size())
            throw Error(file + ": its lines end with a carriage return alone; save it with line feeds");
        if (begins_cost_table(first))
            measured_ = header_of(comments(), file);
        separator_ = separator_of(line());
    }
    /// What the comments before the columns' names say; none: there are none.
    const std::optional<CostTableHeader>& measured() const { return measured_; }
    /// Moves to the next line that is not empty. @return whether there is one.
    bool next_line()
    {
        while (at_ < text_.size() && (text_[at_] == '\n' || text_[at_] == '\r'))
            end_line();
        row_line_ = line_;
        row_begin_ = at_;
        return at_ < text_.size();
    }
    /// The cell here without the blanks around it. Stands on the separator, the end of the line or the end of the text
    /// afterwards.
    std::string_view cell()
    {
        blanks();
        if (at_ < text_.size() && text_[at_] == '"')
            return quoted_cell();
        const std::size_t begin = at_;
        while (at_ < text_.size() && text_[at_] != separator_ && text_[at_] != '\n')
            ++at_;
        std::size_t end = at_;
        if (end > begin && text_[end - 1] == '\r' && !at_separator())
            --end;
        return trimmed(text_.substr(begin, end - begin));
    }
    /// Steps over a separator. @return whether another cell follows in this line.
    bool more()
    {
        if (at_separator())
            return ++at_, true;
        end_line();
        return false;
    }
    std::size_t offset(std::string_view cell) const { return static_cast<std::size_t>(cell.data() - text_.data()); }
    std::size_t row_line() const { return row_line_; }
    std::size_t row_begin() const { return row_begin_; }
    char separator() const { return separator_; }
    [[noreturn]] void fail(const std::string& sentence) const
    {
        throw Error(file_ + ":" + std::to_string(row_line_) + ": " + sentence);
    }

private:
    std::string_view line() const { return text_.substr(at_, text_.find('\n', at_) - at_); }
    std::vector<Comment> comments()
    {
        std::vector<Comment> found;
        do {
            found.push_back({line_, comment_text(line())});
            at_ += line().size();
        } while (next_line() && is_comment(line()));
        return found;
    }
    bool at_separator() const { return at_ < text_.size() && text_[at_] == separator_; }
    void blanks()
    {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t') && text_[at_] != separator_)
            ++at_;
    }
    void end_line()
    {
        while (at_ < text_.size() && text_[at_] == '\r')
            ++at_;
        if (at_ < text_.size() && text_[at_] == '\n')
            ++at_, ++line_;
    }
    std::string_view quoted_cell()
    {
        const std::size_t begin = ++at_;
        for (;; ++at_) {
            if (at_ == text_.size())
                fail("a quotation mark is opened at column " + std::to_string(begin - row_begin_) +
                     " and never closed");
            if (text_[at_] == '\n')
                ++line_;
            if (text_[at_] != '"')
                continue;
            if (at_ + 1 == text_.size() || text_[at_ + 1] != '"')
                break;
            ++at_;
        }
        const std::string_view inside = text_.substr(begin, at_++ - begin);
        blanks();
        if (at_ < text_.size() && text_[at_] != separator_ && text_[at_] != '\n' && text_[at_] != '\r')
            fail("a quoted cell is followed by more than a separator; a quotation mark inside quotes is written twice");
        return inside;
    }

    std::string_view text_;
    const std::string& file_;
    std::size_t at_ = 0, line_ = 1, row_line_ = 1, row_begin_ = 0;
    char separator_ = ',';
    std::optional<CostTableHeader> measured_;
};

/// The names of all columns, empty ones too.
std::vector<std::string> header(Scanner& scan, const std::string& file)
{
    if (!scan.next_line())
        throw Error(file + ": is empty; a CSV file begins with a line of column names");
    std::vector<std::string> names;
    std::set<std::string> seen;
    do {
        names.push_back(unquoted(scan.cell()));
        if (!names.back().empty() && !seen.insert(names.back()).second)
            scan.fail("column '" + names.back() + "' stands twice in the header");
    } while (scan.more());
    if (scan.measured())
        check_cost_columns(names, file + ":" + std::to_string(scan.row_line()));
    return names;
}

/// Where the line of columns' names ends, behind comments if there are any; npos: not in this text.
std::size_t header_end(std::string_view text)
{
    std::size_t begin = text.find_first_not_of("\xEF\xBB\xBF\r\n");
    if (begin != std::string_view::npos && begins_cost_table(text.substr(begin, text.find('\n', begin) - begin)))
        while (begin != std::string_view::npos && is_comment(text.substr(begin)))
            begin = text.find_first_not_of("\r\n", text.find('\n', begin));
    const std::size_t end = text.find('\n', begin);
    // an odd number of quotation marks: that line break is inside a cell
    return end != std::string_view::npos && std::count(text.begin() + begin, text.begin() + end, '"') % 2 == 0
               ? end
               : std::string_view::npos;
}

std::optional<double> number_of(std::string_view cell)
{
    const std::string_view text = trimmed(cell);
    const std::optional<double> value = number_in<double>(text.starts_with('+') ? text.substr(1) : text);
    return value && !std::isnan(*value) ? value : std::nullopt;
}

/// The cells of a table that says how it was measured: costs and dispersions are numbers, or empty.
class CostCells {
public:
    CostCells(const Scanner& scan, const std::vector<std::string>& names) : scan_{scan}, names_{names}
    {
        const auto has = [&](const std::string& name) {
            return std::find(names.begin(), names.end(), name) != names.end();
        };
        for (const std::string& name : names) {
            const bool dispersion = scan.measured() && name.ends_with(kDispersion);
            lowest_.push_back(dispersion                                                ? 0
                              : scan.measured() && has(name + std::string(kDispersion)) ? -kLargest
                                                                                        : kAny);
        }
    }
    void check(std::size_t column, std::string_view cell) const
    {
        if (column >= lowest_.size() || lowest_[column] == kAny || cell.empty())
            return;
        const std::optional<double> value = number_of(cell);
        if (!value || !(*value >= lowest_[column] && *value <= kLargest))
            scan_.fail("'" + std::string(cell) + "' in column '" + names_[column] + "' is no " +
                       (lowest_[column] == 0 ? "number from 0" : "finite number"));
    }

private:
    static constexpr double kLargest = std::numeric_limits<double>::max();
    static constexpr double kAny = -std::numeric_limits<double>::infinity();
    const Scanner& scan_;
    const std::vector<std::string>& names_;
    std::vector<double> lowest_;  // by column; kAny: not checked
};

/// What a cell that holds no number holds instead, where that can be told; empty: it cannot.
std::string other_notation(std::string_view text)
{
    const bool digits = text.find_first_not_of("+-0123456789., '") == std::string_view::npos &&
                        text.find_first_of("0123456789") != std::string_view::npos;
    const std::size_t commas = static_cast<std::size_t>(std::count(text.begin(), text.end(), ','));
    if (!digits || (commas == 0 && text.find_first_of(" '") == std::string_view::npos))
        return "";
    const std::size_t comma = text.find(',');
    if (commas == 1 && text.find_first_of(". '") == std::string_view::npos)
        return text.size() - comma == 4 && comma <= 4
                   ? "its comma may be for decimals or for thousands; decimals take a point, thousands nothing"
                   : "it has a decimal comma; decimals take a point";
    return "it has separators of thousands; write it without them, decimals with a point";
}

}  // namespace

CsvHead csv_head(const std::filesystem::path& file)
{
    const std::string name = file.string();
    std::string text;
    for (std::size_t most = kHeaderBytes;; most *= 16) {
        text = read_beginning_decompressed(file, most);
        if (text.size() < most)
            break;
        if (const std::size_t end = header_end(text); end != std::string::npos) {
            text.resize(end);
            break;
        }
        if (most >= kMostHeaderBytes)
            throw Error(name + ": its first line has more than " + std::to_string(most) +
                        " bytes: this is no CSV file");
    }
    Scanner scan(text, name);
    std::vector<std::string> names = header(scan, name);
    return {scan.measured(), std::move(names), scan.row_line()};
}

std::vector<std::string> csv_header(const std::filesystem::path& file)
{
    std::vector<std::string> names = csv_head(file).names;
    std::erase(names, "");
    return names;
}

CsvColumns::CsvColumns(const std::filesystem::path& file, const std::vector<std::string>& columns)
    : file_{file.string()}, text_{read_file_decompressed(file, kMostBytes)}, columns_{columns.size()}
{
    Scanner scan(text_, file_);
    separator_ = scan.separator();
    const std::vector<std::string> names = header(scan, file_);
    const std::size_t names_line = scan.row_line();
    std::vector<std::vector<std::size_t>> wanted(names.size());  // where a cell of the file goes
    for (std::size_t i = 0; i < columns.size(); ++i) {
        const auto found = std::find(names.begin(), names.end(), columns[i]);
        if (found == names.end())
            throw Error(file_ + ":" + std::to_string(names_line) + ": no column '" + columns[i] + "'" +
                        suggestion(columns[i], names));
        wanted[static_cast<std::size_t>(found - names.begin())].push_back(i);
    }
    const CostCells costs(scan, names);
    while (scan.next_line()) {
        const std::size_t row = cells_.size();
        cells_.resize(row + columns_);
        std::size_t count = 0;
        bool empty = true;  // a spreadsheet's empty line is one of separators
        do {
            const std::string_view cell = scan.cell();
            empty = empty && cell.empty();
            costs.check(count, cell);
            if (count < names.size())
                for (const std::size_t i : wanted[count])
                    cells_[row + i] = {scan.offset(cell), static_cast<std::uint32_t>(cell.size()),
                                       static_cast<std::uint32_t>(scan.offset(cell) - scan.row_begin())};
            ++count;
        } while (scan.more());
        if (empty) {
            cells_.resize(row);
            continue;
        }
        if (count != names.size())
            scan.fail("has " + std::to_string(count) + " cells, the header has " + std::to_string(names.size()));
        if (lines_.size() == kMostRows)
            scan.fail("has more than " + std::to_string(kMostRows) + " rows, which is the most that are read");
        lines_.push_back(static_cast<std::uint32_t>(scan.row_line()));
    }
    if (!scan.measured())
        return;
    const std::string end = file_ + ":" + std::to_string(lines_.empty() ? names_line : lines_.back()) + ": ";
    if (lines_.size() != static_cast<std::size_t>(scan.measured()->rows))
        throw Error(end + "the file ends after " + std::to_string(lines_.size()) + " rows, its header says " +
                    std::to_string(scan.measured()->rows));
    if (!text_.ends_with('\n'))
        throw Error(end + "the last line has no end: the file is incomplete");
}

std::string CsvColumns::cell(std::size_t row, std::size_t column) const
{
    const std::string text = unquoted(raw(row, column));
    const std::size_t begin = text.find_first_not_of('\'');
    const bool apostrophe = begin != std::string::npos && begin > 0 && kFormula.find(text[begin]) != std::string::npos;
    return apostrophe ? text.substr(1) : text;
}

std::optional<double> CsvColumns::number(std::size_t row, std::size_t column) const
{
    const std::string_view text = trimmed(raw(row, column));
    const std::optional<double> value = number_of(text);
    if (!value && separator_ != ',' && text.find(',') != std::string_view::npos && !other_notation(text).empty())
        throw Error(no_number(row, column));
    return value;
}

std::string CsvColumns::no_number(std::size_t row, std::size_t column) const
{
    const std::string text = cell(row, column);
    if (text.empty())
        return place(row, column) + ": no value";
    const std::string instead = other_notation(trimmed(text));
    return place(row, column) + ": '" + text + "' is no number" + (instead.empty() ? "" : ": " + instead);
}

std::string CsvColumns::place(std::size_t row, std::size_t column) const
{
    return file_ + ":" + std::to_string(lines_[row]) + ":" +
           std::to_string(cells_[row * columns_ + column].in_line + 1);
}

}  // namespace espalier
