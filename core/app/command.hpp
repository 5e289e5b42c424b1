// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "espalier/error.hpp"

namespace espalier::app {

/// The command line is wrong. Ends with status 2.
class UsageError : public Error {
public:
    using Error::Error;
};

/// One `--name` of a command. All values are text; `Arguments` converts.
struct OptionSpec {
    const char* name;
    const char* value;  ///< shown in the help, "DIR"; null: a switch
    const char* help;
    bool repeated = false;
};

/// A command line, parsed.
class Arguments {
public:
    std::vector<std::string> positional;

    void set(const std::string& option, std::vector<std::string> values) { options_[option] = std::move(values); }
    bool has(const std::string& option) const { return options_.contains(option); }
    std::optional<std::string> value(const std::string& option) const;
    std::vector<std::string> values(const std::string& option) const;
    /// A whole number from 1. @throws UsageError.
    std::optional<int> count(const std::string& option) const;
    /// "a,b,c", or `otherwise` where the option is not given. @throws UsageError if a word of the option is empty.
    std::vector<std::string> list(const std::string& option, const std::string& otherwise = "") const;
    /// The same of whole numbers from 1.
    std::vector<int> counts(const std::string& option, const std::string& otherwise = "") const;
    /// One of `allowed`, the first where the option is not given. @throws UsageError naming the nearest.
    std::string choice(const std::string& option, const std::vector<std::string>& allowed) const;

private:
    std::map<std::string, std::vector<std::string>> options_;
};

/// A subcommand: its command line and what it does.
struct Command {
    const char* name;
    const char* positional;   ///< "FILE", "DIR..."
    const char* summary;      ///< one line, for the list of commands
    const char* description;  ///< paragraphs, for its help
    std::size_t least_positional = 0, most_positional = std::numeric_limits<std::size_t>::max();
    std::vector<OptionSpec> options;
    int (*run)(const Arguments&) = nullptr;  ///< @return an ExitStatus
};

Command run_command();
Command resume_command();
Command check_command();
Command evaluate_command();
Command cost_command();
Command inspect_command();
Command calibrate_command();
Command results_command();
Command runs_command();
Command curves_command();
Command correlate_command();
Command predictor_study_command();
Command compare_command();
Command import_command();
Command export_command();
Command plugins_command();
Command new_plugin_command();
Command schema_command();
Command version_command();

/// Options that several commands share.
inline constexpr OptionSpec kPluginPath{"plugin-path", "DIR", "search plug-ins there first; may be given several times",
                                        true};
inline constexpr OptionSpec kWorkers{"workers", "N",
                                     "candidates evaluated at the same time; changes nothing in the results"};
inline constexpr OptionSpec kSet{
    "set", "KEY=VALUE", "override one key of the file: --set strategy.epochs=100; may be given several times", true};
inline constexpr OptionSpec kBy{"by", "block|layer",
                                "the parts; block (default): those that the space marks, or else layers"};
inline constexpr OptionSpec kFormat{"format", "FORMAT", "table (default), csv, json or markdown"};
inline constexpr OptionSpec kQuiet{"quiet", nullptr, "no progress and no messages, only results and errors"};
inline constexpr OptionSpec kVerbose{"verbose", nullptr, "say more: every saved training step and every failure"};

/// A word of `--option` as KEY=VALUE, at the first '='. @param form what the word must be, for the message.
/// @throws UsageError for one without a key.
std::pair<std::string, std::string> key_and_value(const std::string& option, const std::string& word,
                                                  const std::string& form);

/// Every command has `--help`; `parse` adds it. @throws UsageError with the nearest known option.
Arguments parse(const Command&, std::span<const std::string> words);
std::string help(const Command&);

/// "17", "0..16" (both ends included), or "0..16,20": each once, in order. @throws UsageError.
std::vector<std::uint64_t> parse_seeds(const std::string& ranges);
/// The shortest that `parse_seeds` reads as these, which are in order.
std::string seeds_text(std::span<const std::uint64_t>);

}  // namespace espalier::app
