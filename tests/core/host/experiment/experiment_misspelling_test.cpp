// SPDX-License-Identifier: Apache-2.0
// Every key, and every value that is a name, is misspelt in every way that a slip of the finger gives.
#include <algorithm>
#include <set>
#include <sstream>

#include <fmt/ranges.h>

#include "espalier/sdk/csv.hpp"

#include "catch.hpp"
#include "experiment_bench.hpp"
#include "host/experiment/experiment_keys.hpp"
#include "host/experiment/resolved.hpp"
#include "shipped_configs.hpp"

using namespace espalier;
using namespace espalier::host;

namespace {

/// A word of the file and where it stands.
struct Word {
    std::string text;
    int line, column;
    auto operator<=>(const Word&) const = default;
};

void collect_keys(const Config& c, std::set<Word>& words)
{
    for (const Config& item : c.items) {
        if (item.key_line > 0)
            words.insert({item.key, item.key_line, item.key_column});
        collect_keys(item, words);
    }
}

/// Component names and column names.
void collect_names(const Config& c, std::set<Word>& words)
{
    for (const Config& item : c.items) {
        if (item.type == Config::Type::scalar && (item.key == "use" || item.key == "column"))
            words.insert({item.scalar, item.line, item.column});
        collect_names(item, words);
    }
}

void collect_metrics(const Config& c, Kind kind, const Catalog& catalog, std::set<Word>& words)
{
    const Config* use = c.find("use");
    const CatalogComponent* found = use != nullptr ? catalog.find(kind, use->scalar) : nullptr;
    if (found == nullptr)
        return;
    for (const Option& option : found->info.options)
        if (const Config* value = c.find(option.name)) {
            if (option.type == OptionType::component && !option.list)
                collect_metrics(*value, *option.kind, catalog, words);
            if (option.type == OptionType::metric && !option.list)
                words.insert({value->scalar, value->line, value->column});
        }
}

std::set<Word> names_in(const Experiment& e, const Catalog& catalog)
{
    std::set<Word> words;
    collect_names(e.root, words);
    for (const char* section : {"objectives", "constraints"})
        if (const Config* list = e.root.find(section))
            for (const Config& item : list->items)
                words.insert({item.find("metric")->scalar, item.find("metric")->line, item.find("metric")->column});
    if (e.reward)
        collect_metrics(*e.reward, Kind::reward, catalog, words);
    collect_metrics(e.strategy, Kind::strategy, catalog, words);
    return words;
}

/// The columns of every table that the experiment reads.
void collect_columns(const Config& c, const std::filesystem::path& folder, std::set<std::string>& names)
{
    const Config* file = c.find("file");
    if (file != nullptr && c.find("column") != nullptr)
        for (const std::string& column : csv_header(folder / file->scalar))
            names.insert(column);
    for (const Config& item : c.items)
        collect_columns(item, folder, names);
}

/// All swaps of two neighbours and all drops of one letter.
std::set<std::string> misspelt(const std::string& word)
{
    std::set<std::string> variants;
    for (std::size_t i = 0; i < word.size(); ++i) {
        std::string dropped = word;
        dropped.erase(i, 1);
        variants.insert(dropped);
        std::string swapped = word;
        if (i + 1 < word.size())
            std::swap(swapped[i], swapped[i + 1]);
        variants.insert(swapped);
    }
    variants.erase(word);
    variants.erase("");
    return variants;
}

/// The file's text with one word exchanged; empty where the word does not stand there as it is (an alias, ${NAME}).
std::string exchanged(const std::string& text, const Word& word, const std::string& other)
{
    std::size_t at = 0;
    for (int line = 1; line < word.line; ++line)
        at = text.find('\n', at) + 1;
    at += static_cast<std::size_t>(word.column - 1);
    if (text[at] == '"' || text[at] == '\'')
        ++at;
    if (text.compare(at, word.text.size(), word.text) != 0)
        return "";
    return std::string(text).replace(at, word.text.size(), other);
}

/// Whether the error says `word` as a name, not as a part of another word.
bool names(const std::string& error, const std::string& word)
{
    for (const std::string before : {"'", " "})
        for (const std::string after : {"'", ",", " ", ""}) {
            const std::string wanted = before + word + after;
            if (after.empty() ? error.ends_with(wanted) : error.find(wanted) != std::string::npos)
                return true;
        }
    return false;
}

/// Whether the error's guess is `word`, or a name that exists and is one letter away from it, just as near.
bool means(const std::string& error, const std::string& word)
{
    const std::string before = "did you mean '";
    const std::size_t at = error.find(before);
    if (at == std::string::npos)
        return false;
    const std::size_t begin = at + before.size();
    const std::string guess = error.substr(begin, error.find("'?", begin) - begin);
    return guess == word || misspelt(word).contains(guess) || misspelt(guess).contains(word);
}

std::string line_of(const std::string& text, int number)
{
    std::istringstream lines(text);
    std::string line;
    for (int i = 0; i < number; ++i)
        std::getline(lines, line);
    return line;
}

/// Tries every misspelling in one file, but for places whose whole line stands in an earlier file.
class Misspeller {
public:
    using Places = std::set<std::pair<std::string, int>>;  // lines, columns

    Misspeller(std::string text, std::filesystem::path file, const Catalog& catalog, PluginHost& host, Places& before)
        : text_{std::move(text)}, file_{std::move(file)}, catalog_{catalog}, host_{host}, before_{before}
    {
        for (const std::string& key : experiment_keys())
            known_.insert(key);
        for (const Section& section : experiment_sections())
            for (const Option& option : section.options)
                known_.insert(option.name);
        for (const CatalogComponent& component : catalog.components()) {
            known_.insert(component.info.name);
            for (const Option& option : component.info.options)
                known_.insert(option.name);
        }
    }

    void try_all()
    {
        Diagnostics diagnostics;
        const Experiment e = parse_experiment(text_, file_, {}, catalog_, diagnostics);
        const Components parts = assemble(e, host_, diagnostics);
        for (const Diagnostic& error : diagnostics.errors)
            FAIL_CHECK(to_string(error));
        if (!diagnostics.empty())
            return;
        add_metrics(parts);
        for (const Word& word : names_in(e, catalog_))
            known_.insert(word.text);
        collect_columns(e.root, file_.parent_path(), known_);
        std::set<Word> keys;
        collect_keys(e.root, keys);
        for (const Word& word : keys)
            try_word(word);
        for (const Word& word : names_in(e, catalog_))
            try_word(word);
    }
    int tried() const { return tried_; }

private:
    void add_metrics(const Components& parts)
    {
        for (const auto& cost : parts.costs)
            for (const std::string& metric : cost->metrics())
                known_.insert(metric);
        if (parts.evaluator)
            for (const std::string& metric : parts.evaluator->metrics())
                known_.insert(metric);
    }
    void try_word(const Word& word)
    {
        if (!before_.emplace(line_of(text_, word.line), word.column).second)
            return;
        for (const std::string& variant : misspelt(word.text)) {
            const std::string text = exchanged(text_, word, variant);
            if (known_.contains(variant) || text.empty())
                continue;
            Diagnostics diagnostics;
            const Experiment e = parse_experiment(text, file_, {}, catalog_, diagnostics);
            assemble(e, host_, diagnostics);
            ++tried_;
            const std::string place =
                file_.string() + ":" + std::to_string(word.line) + ":" + std::to_string(word.column) + ":";
            const std::vector<std::string> errors = lines(diagnostics);
            const bool told = std::ranges::any_of(errors, [&](const std::string& error) {
                return error.starts_with(place) && names(error, word.text) && names(error, variant) &&
                       (word.text.size() < 5 || means(error, word.text));
            });
            INFO(fmt::format("{}", fmt::join(errors, "\n")));
            if (!told)
                FAIL_CHECK(place << " '" << variant << "' for '" << word.text << "' is not told");
            CHECK(errors.size() == 1);
        }
    }

    std::string text_;
    std::filesystem::path file_;
    const Catalog& catalog_;
    PluginHost& host_;
    Places& before_;
    std::set<std::string> known_;  // a slip that gives another name that exists is not recognised
    int tried_ = 0;
};

}  // namespace

TEST_CASE("every misspelt word of an experiment is found where it stands")
{
    ExperimentBench bench;
    Misspeller::Places tried;
    Misspeller misspeller(kWholeExperiment, bench.file(), bench.catalog(), bench.host(), tried);
    misspeller.try_all();
    CHECK(misspeller.tried() > 500);
}

TEST_CASE("every misspelt word of every shipped experiment is found where it stands")
{
    const ShippedConfigs shipped;
    PluginHost host(shipped.catalog());
    Misspeller::Places tried;
    for (const std::filesystem::path& file : shipped.files()) {
        INFO(file);
        const std::string reason = shipped.unusable(file);
        if (!reason.empty()) {
            WARN("skipped: " << reason);
            continue;
        }
        if (shipped.text(file).find("onnx_runtime.py") != std::string::npos)
            continue;  // a program that not every machine has, and that takes a second to start each time
        Misspeller misspeller(shipped.text(file), file, shipped.catalog(), host, tried);
        misspeller.try_all();
    }
}
