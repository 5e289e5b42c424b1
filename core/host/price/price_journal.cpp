// SPDX-License-Identifier: Apache-2.0
#include "host/price/price_journal.hpp"

#include <sstream>

#include <fmt/format.h>

#include "espalier/error.hpp"
#include "espalier/number_in.hpp"
#include "espalier/report/text.hpp"

#include "host/store/durable_folder.hpp"

namespace espalier::host {
namespace {

std::string entry(const std::string& what, const std::string& key)
{
    return what + " " + report::printable(key);
}

std::string whole_lines(const std::filesystem::path& file)
{
    std::ostringstream text;
    text << std::ifstream(file, std::ios::binary).rdbuf();
    const std::string all = text.str();
    return all.substr(0, all.rfind('\n') + 1);  // of npos: nothing
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
    for (int number = 2; std::getline(lines, line); ++number) {
        const std::size_t blank = line.find(' ');
        const auto price = number_in<double>(std::string_view(line).substr(0, blank));
        if (!price || blank == std::string::npos)
            throw Error(
                fmt::format("{}:{}: is no price; take another folder, or the line away", file.string(), number));
        prices_.emplace(line.substr(blank + 1), *price);
    }
    write_file(file, known.empty() ? head + "\n" : known);
    out_.open(file, std::ios::binary | std::ios::app);
    if (!out_)
        throw Error(file.string() + ": cannot be written");
}

std::optional<double> PriceJournal::find(const std::string& what, const std::string& key) const
{
    const auto found = prices_.find(entry(what, key));
    return found == prices_.end() ? std::nullopt : std::optional(found->second);
}

std::map<std::string, double> PriceJournal::all(const std::string& what) const
{
    std::map<std::string, double> found;
    const std::string begin = what + " ";
    for (auto at = prices_.lower_bound(begin); at != prices_.end() && at->first.starts_with(begin); ++at)
        found.emplace(at->first.substr(begin.size()), at->second);
    return found;
}

void PriceJournal::add(const std::string& what, const std::string& key, double price)
{
    prices_.emplace(entry(what, key), price);
    out_ << report::exact(price) << ' ' << entry(what, key) << '\n' << std::flush;
    if (!out_)
        throw Error(file_.string() + ": cannot be written");
}

}  // namespace espalier::host
