// SPDX-License-Identifier: Apache-2.0
#include "host/price/price_journal.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>
#include <utility>

#include <fmt/format.h>

#include "espalier/error.hpp"
#include "espalier/number_in.hpp"
#include "espalier/report/text.hpp"

#include "host/store/durable_folder.hpp"

namespace espalier::host {
namespace {

constexpr const char* kNote = "note";

std::string whole_lines(const std::filesystem::path& file)
{
    std::ostringstream text;
    text << std::ifstream(file, std::ios::binary).rdbuf();
    const std::string all = text.str();
    return all.substr(0, all.rfind('\n') + 1);  // of npos: nothing
}

/// Takes the first word away, and the blank behind it.
std::string word(std::string_view& line)
{
    const std::string first(line.substr(0, line.find(' ')));
    line.remove_prefix(std::min(first.size() + 1, line.size()));
    return first;
}

double number(std::string_view& line)
{
    const std::string text = word(line);
    const auto value = number_in<double>(text);
    if (!value && text != report::exact(std::numeric_limits<double>::quiet_NaN()))
        throw Error("no number");
    return value.value_or(std::numeric_limits<double>::quiet_NaN());
}

}  // namespace

PriceJournal::PriceJournal(const std::filesystem::path& file, const std::string& of) : file_{file}
{
    const std::string head = report::printable(of), known = whole_lines(file);
    std::istringstream lines(known);
    std::string line;
    if (std::getline(lines, line) && line != head)
        throw Error(fmt::format("{} is of another calibration: '{}', and this is '{}'; take another folder",
                                file.string(), line, head));
    for (int at = 2; std::getline(lines, line); ++at)
        try {
            read(line);
        } catch (const Error&) {
            throw Error(fmt::format("{}:{}: is no price; take another folder, or the line away", file.string(), at));
        }
    write_file(file, known.empty() ? head + "\n" : known);
    out_.open(file, std::ios::binary | std::ios::app);
    if (!out_)
        throw Error(file.string() + ": cannot be written");
}

void PriceJournal::read(const std::string& line)
{
    std::string_view rest = line;
    PriceAnswer answer;
    answer.what = word(rest);
    answer.price = number(rest);
    if (answer.what == kNote) {
        notes_[std::string(rest)] = answer.price;
        return;
    }
    answer.deviation = number(rest);
    answer.seconds = number(rest);
    answer.unsettled = number(rest) != 0;
    answer.key = rest;
    if (answer.key.empty() || std::isnan(answer.price))
        throw Error("no price");
    remember(std::move(answer));
}

void PriceJournal::remember(PriceAnswer answer)
{
    ++counts_[answer.what + " " + answer.key];
    seconds_ += answer.seconds;
    answers_.push_back(std::move(answer));
}

std::size_t PriceJournal::count(const std::string& what, const std::string& key) const
{
    const auto found = counts_.find(what + " " + key);
    return found == counts_.end() ? 0 : found->second;
}

void PriceJournal::add(PriceAnswer answer)
{
    write(fmt::format("{} {} {} {:.6g} {:d} {}", answer.what, report::exact(answer.price),
                      report::exact(answer.deviation), answer.seconds, answer.unsettled, answer.key));
    remember(std::move(answer));
}

void PriceJournal::note(const std::string& name, double value)
{
    const std::string key = report::printable(name);
    write(fmt::format("{} {} {}", kNote, report::exact(value), key));
    notes_[key] = value;
}

void PriceJournal::write(const std::string& line)
{
    out_ << line << '\n' << std::flush;
    if (!out_)
        throw Error(file_.string() + ": cannot be written");
}

}  // namespace espalier::host
