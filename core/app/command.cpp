// SPDX-License-Identifier: Apache-2.0
#include "app/command.hpp"

#include <algorithm>
#include <set>
#include <sstream>

#include <boost/program_options.hpp>
#include <fmt/format.h>

#include "espalier/config.hpp"
#include "espalier/number_in.hpp"

namespace espalier::app {

namespace options = boost::program_options;

namespace {

constexpr std::uint64_t kMostSeeds = 100'000;

int count_from_one(const std::string& option, const std::string& text)
{
    const std::optional<int> number = number_in<int>(text);
    if (!number || *number < 1)
        throw UsageError(fmt::format("--{} {}: must be a whole number from 1", option, text));
    return *number;
}

std::vector<std::string> option_names(const Command& command)
{
    std::vector<std::string> names{"--help"};
    for (const OptionSpec& option : command.options)
        names.push_back(std::string("--") + option.name);
    return names;
}

options::options_description described(const Command& command)
{
    options::options_description all("Options");
    auto add = all.add_options();
    for (const OptionSpec& option : command.options) {
        if (option.value == nullptr)
            add(option.name, option.help);
        else
            add(option.name, options::value<std::vector<std::string>>()->value_name(option.value), option.help);
    }
    add("help", "show this text");
    return all;
}

void check_positional(const Command& command, const Arguments& arguments)
{
    const std::size_t given = arguments.positional.size();
    if (given < command.least_positional)
        throw UsageError(fmt::format("espalier {}: {} is missing; usage: espalier {} {}", command.name,
                                     command.positional, command.name, command.positional));
    if (given > command.most_positional)
        throw UsageError(fmt::format("espalier {}: '{}' is one argument too many; usage: espalier {} {}", command.name,
                                     arguments.positional[command.most_positional], command.name, command.positional));
}

}  // namespace

std::optional<std::string> Arguments::value(const std::string& option) const
{
    const auto found = options_.find(option);
    return found == options_.end() || found->second.empty() ? std::nullopt : std::optional(found->second.back());
}

std::vector<std::string> Arguments::values(const std::string& option) const
{
    const auto found = options_.find(option);
    return found == options_.end() ? std::vector<std::string>{} : found->second;
}

std::optional<int> Arguments::count(const std::string& option) const
{
    const std::optional<std::string> text = value(option);
    return text ? std::optional(count_from_one(option, *text)) : std::nullopt;
}

std::vector<std::string> Arguments::list(const std::string& option, const std::string& otherwise) const
{
    const std::string text = value(option).value_or(otherwise);
    std::vector<std::string> all;
    if (text.empty() && !has(option))
        return all;
    std::istringstream stream(text);
    for (std::string word; std::getline(stream, word, ',');)
        all.push_back(word);
    if (all.empty() || text.ends_with(',') || std::find(all.begin(), all.end(), "") != all.end())
        throw UsageError(fmt::format("--{} {}: must be one or more, separated by commas", option, text));
    for (auto word = all.begin(); word != all.end(); ++word)
        if (std::find(all.begin(), word, *word) != word)
            throw UsageError(fmt::format("--{} {}: '{}' is given twice", option, text, *word));
    return all;
}

std::vector<int> Arguments::counts(const std::string& option, const std::string& otherwise) const
{
    std::vector<int> all;
    for (const std::string& word : list(option, otherwise))
        all.push_back(count_from_one(option, word));
    return all;
}

std::string Arguments::choice(const std::string& option, const std::vector<std::string>& allowed) const
{
    std::string given = value(option).value_or(allowed.front());
    if (std::find(allowed.begin(), allowed.end(), given) == allowed.end())
        throw UsageError(fmt::format("--{} '{}' is unknown{}", option, given, suggestion(given, allowed)));
    return given;
}

std::pair<std::string, std::string> key_and_value(const std::string& option, const std::string& word,
                                                  const std::string& form)
{
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos || equals == 0)
        throw UsageError(fmt::format("--{} {}: must be {}", option, word, form));
    return {word.substr(0, equals), word.substr(equals + 1)};
}

Arguments parse(const Command& command, std::span<const std::string> words)
{
    namespace style = options::command_line_style;
    const options::options_description all = described(command);
    options::positional_options_description none;
    Arguments arguments;
    try {
        const options::parsed_options parsed = options::command_line_parser({words.begin(), words.end()})
                                                   .options(all)
                                                   .style(style::unix_style & ~style::allow_guessing)
                                                   .allow_unregistered()
                                                   .run();
        for (const options::option& option : parsed.options) {
            if (option.unregistered)
                throw UsageError(fmt::format("espalier {}: option '{}' is unknown{}", command.name,
                                             option.original_tokens.front(),
                                             suggestion(option.original_tokens.front(), option_names(command))));
            if (option.position_key >= 0) {
                arguments.positional.insert(arguments.positional.end(), option.value.begin(), option.value.end());
                continue;
            }
            std::vector<std::string> values = arguments.values(option.string_key);
            values.insert(values.end(), option.value.begin(), option.value.end());
            arguments.set(option.string_key, std::move(values));
        }
    } catch (const options::error& error) {  // "the required argument for option '--out' is missing"
        throw UsageError(fmt::format("espalier {}: {}", command.name, error.what()));
    }
    if (arguments.has("help"))
        return arguments;
    for (const OptionSpec& option : command.options)
        if (!option.repeated && arguments.values(option.name).size() > 1)
            throw UsageError(fmt::format("espalier {}: --{} is given twice", command.name, option.name));
    check_positional(command, arguments);
    return arguments;
}

std::string help(const Command& command)
{
    std::ostringstream text;
    text << "usage: espalier " << command.name << (*command.positional ? " " : "") << command.positional
         << " [options]\n\n"
         << command.description << "\n\n"
         << described(command);
    return text.str();
}

namespace {

/// Puts `A..B`, or one seed, into `seeds`. @return whether it can be read.
bool add_seeds(std::string_view range, const std::string& all, std::set<std::uint64_t>& seeds)
{
    const std::size_t dots = range.find("..");
    const auto first = number_in<std::uint64_t>(range.substr(0, dots));
    const auto last = dots == std::string_view::npos ? first : number_in<std::uint64_t>(range.substr(dots + 2));
    if (!first || !last || *last < *first)
        return false;
    for (std::uint64_t more = 0; more <= *last - *first && seeds.size() <= kMostSeeds; ++more)
        seeds.insert(*first + more);
    if (seeds.size() > kMostSeeds)
        throw UsageError(fmt::format("--seeds {}: at most {} seeds can be run at once", all, kMostSeeds));
    return true;
}

}  // namespace

std::vector<std::uint64_t> parse_seeds(const std::string& ranges)
{
    std::set<std::uint64_t> seeds;
    std::string_view left = ranges;
    for (bool more = true; more;) {
        const std::size_t comma = left.find(',');
        if (!add_seeds(left.substr(0, comma), ranges, seeds))
            throw UsageError(
                fmt::format("--seeds {}: must be A..B with whole numbers A <= B, for example 0..16, or "
                            "several of these and single ones, for example 0..16,20",
                            ranges));
        more = comma != std::string_view::npos;
        left.remove_prefix(more ? comma + 1 : left.size());
    }
    return {seeds.begin(), seeds.end()};
}

std::string seeds_text(std::span<const std::uint64_t> seeds)
{
    std::string text;
    for (std::size_t first = 0, last = 0; first < seeds.size(); first = ++last) {
        while (last + 1 < seeds.size() && seeds[last + 1] == seeds[last] + 1)
            ++last;
        text += fmt::format("{}{}", text.empty() ? "" : ",", seeds[first]);
        if (last > first)
            text += fmt::format("..{}", seeds[last]);
    }
    return text;
}

}  // namespace espalier::app
