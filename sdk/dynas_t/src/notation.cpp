// SPDX-License-Identifier: Apache-2.0
#include "espalier/dynas_t/notation.hpp"

#include <algorithm>
#include <optional>

#include "espalier/error.hpp"
#include "espalier/number_in.hpp"

namespace espalier::dynas_t {
namespace {

constexpr std::string_view kLabels = "*", kIndices = "#";

bool whole(std::string_view text)
{
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// One dictionary, entry by entry: names in quotes, values up to their comma.
class Dictionary {
public:
    explicit Dictionary(std::string_view text) : text_{text}
    {
        blanks();
        expect('{');
    }
    /// The next entry's name; empty: the end.
    std::string name()
    {
        blanks();
        if (peek() == '}') {
            ++at_;
            blanks();
            if (at_ != text_.size())
                fail("nothing may follow the closing brace");
            return "";
        }
        const char quote = peek();
        if (quote != '\'' && quote != '"')
            fail("a name in quotation marks is expected");
        const std::size_t end = text_.find(quote, at_ + 1);
        if (end == std::string_view::npos)
            fail("a quotation mark is not closed");
        std::string name(text_.substr(at_ + 1, end - at_ - 1));
        at_ = end + 1;
        blanks();
        expect(':');
        return name;
    }
    /// A list in brackets or anything else up to the comma, blanks removed.
    std::string value()
    {
        blanks();
        std::string text;
        if (peek() == '{')
            fail("a dictionary within a dictionary cannot be read");
        const bool list = peek() == '[';
        while (at_ < text_.size() && (list || (text_[at_] != ',' && text_[at_] != '}'))) {
            const char c = text_[at_++];
            if (c != ' ')
                text += c;
            if (list && c == ']')
                break;
        }
        if (text.empty() || (list && text.back() != ']'))
            fail("a value or a list in brackets is expected");
        blanks();
        if (peek() == ',')
            ++at_;
        else if (peek() != '}')
            fail("a comma or the closing brace is expected");
        return text;
    }

private:
    char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
    void blanks()
    {
        while (peek() == ' ')
            ++at_;
    }
    void expect(char c)
    {
        if (peek() != c)
            fail(std::string("'") + c + "' is expected");
        ++at_;
    }
    [[noreturn]] void fail(const std::string& sentence) const
    {
        throw Error("sub-network, position " + std::to_string(at_ + 1) + ": " + sentence);
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

std::vector<std::string> items(const std::string& list)
{
    std::vector<std::string> all;
    if (list.size() < 2 || list.front() != '[')
        return all;
    for (std::size_t begin = 1; begin < list.size() - 1;) {
        const std::size_t end = std::min(list.find(',', begin), list.size() - 1);
        all.push_back(list.substr(begin, end - begin));
        begin = end + 1;
    }
    return all;
}

/// The option with this label, or of this value.
std::optional<std::uint16_t> label_of(const Decision& decision, std::string_view value)
{
    const std::optional<double> wanted = number_in<double>(value);
    const auto same = [&](const std::string& option) {
        return option == value || (wanted && number_in<double>(option) == wanted);
    };
    const auto found = std::ranges::find_if(decision.options, same);
    if (found == decision.options.end())
        return std::nullopt;
    return static_cast<std::uint16_t>(found - decision.options.begin());
}

/// Blanks as Python writes them.
std::string python(const std::string& value)
{
    std::string text;
    for (const char c : value)
        text += c == ',' ? std::string(", ") : std::string(1, c);
    return text;
}

}  // namespace

Notation::Notation(std::span<const Decision> decisions) : decisions_{decisions}
{
    for (std::size_t d = 0; d < decisions.size(); ++d) {
        const std::string& full = decisions[d].name;
        std::size_t end = std::min(full.find_first_of("0123456789"), full.size());
        while (end > 0 && std::string_view(" ._[").find(full[end - 1]) != std::string_view::npos)
            --end;
        const std::string name = full.substr(0, end);
        if (name.empty())
            throw Error("DyNAS-T's format has no name for decision '" + full + "'");
        if (groups_.empty() || groups_.back().name != name) {
            if (group(name) != nullptr)
                throw Error(std::string("decision '")
                                .append(full)
                                .append("' is apart from the others of '")
                                .append(name)
                                .append("'"));
            groups_.push_back({.name = name, .first = d, .count = 0, .whole = true});
        }
        Group& last = groups_.back();
        ++last.count;
        last.whole = last.whole && std::ranges::all_of(decisions[d].options, whole);
    }
    for (Group& made : groups_)
        made.indices = made.name == "w" && !made.whole;
}

Notation::Group* Notation::group(std::string_view name)
{
    const auto found = std::ranges::find(groups_, name, &Group::name);
    return found == groups_.end() ? nullptr : &*found;
}

std::vector<Notation::Entry> Notation::default_entries() const
{
    std::vector<Entry> entries;
    if (std::ranges::find(groups_, "ks", &Group::name) != groups_.end())
        entries.push_back({"wid", "None", nullptr});
    for (const Group& of : groups_)
        entries.push_back({of.name, "", &of});
    if (resolution_ > 0)
        entries.push_back({"r", "[" + std::to_string(resolution_) + "]", nullptr});
    return entries;
}

Notation::Means Notation::meaning(const Group& of, const std::vector<std::string>& values) const
{
    if (of.whole || !std::ranges::all_of(values, whole))
        return Means::labels;
    for (std::size_t i = 0; i < std::min(values.size(), of.count); ++i)
        if (!label_of(decisions_[of.first + i], values[i]))
            return Means::indices;
    return Means::either;
}

bool Notation::as_indices(const Group& of, const std::vector<std::string>& values) const
{
    const Means means = meaning(of, values);
    if (means == Means::either && of.labels_known && of.indices_known)
        throw Error("sub-network: '" + of.name +
                    "' may hold options or their indices, and other rows have the one as well as the other");
    return means == Means::indices || (means == Means::either && !of.labels_known);
}

void Notation::learn(std::string_view text)
{
    Dictionary dictionary(text);
    for (std::string name = dictionary.name(); !name.empty(); name = dictionary.name()) {
        const std::string value = dictionary.value();
        if (Group* of = group(name)) {
            const Means means = meaning(*of, items(value));
            of->labels_known = of->labels_known || means == Means::labels;
            of->indices_known = of->indices_known || means == Means::indices;
        }
    }
}

std::uint16_t Notation::choice(std::size_t decision, std::string_view value, bool index) const
{
    const std::vector<std::string>& options = decisions_[decision].options;
    if (index) {
        if (const auto found = number_in<std::uint16_t>(value); found && *found < options.size())
            return *found;
    } else {
        if (const auto found = label_of(decisions_[decision], value))
            return *found;
        if (value == "1" && options == std::vector<std::string>{"0", "2"})
            return 0;
    }
    std::string allowed;
    for (const std::string& option : options)
        allowed += (allowed.empty() ? "" : ", ") + option;
    throw Error("sub-network: '" + std::string(value) + "' is no option of decision '" + decisions_[decision].name +
                "'; allowed: " + allowed);
}

Architecture Notation::parse(std::string_view text)
{
    Architecture architecture;
    architecture.choices.resize(decisions_.size());
    std::vector<Entry> entries;
    std::size_t covered = 0;
    Dictionary dictionary(text);
    for (std::string name = dictionary.name(); !name.empty(); name = dictionary.name()) {
        const std::string value = dictionary.value();
        if (std::ranges::find(entries, name, &Entry::name) != entries.end())
            throw Error("sub-network: '" + name + "' is given twice");
        Group* of = group(name);
        entries.push_back({name, of == nullptr ? value : "", of});
        if (of == nullptr)
            continue;
        const std::vector<std::string> values = items(value);
        if (values.size() != of->count)
            throw Error("sub-network: '" + name + "' has " + std::to_string(values.size()) + " values, the space has " +
                        std::to_string(of->count) + " such decisions");
        of->indices = as_indices(*of, values);
        for (std::size_t i = 0; i < of->count; ++i)
            architecture.choices[of->first + i] = choice(of->first + i, values[i], of->indices);
        ++covered;
    }
    if (covered < groups_.size())
        for (const Group& of : groups_)
            if (std::ranges::find(entries, of.name, &Entry::name) == entries.end())
                throw Error("sub-network: it says nothing of '" + of.name + "', which the space decides");
    if (entries_.empty())
        entries_ = entries;
    for (const Entry& entry : entries) {
        const auto before = std::ranges::find(entries_, entry.name, &Entry::name);
        if (before == entries_.end() || before->constant != entry.constant)
            throw Error("sub-network: '" + entry.name +
                        "' differs from row to row, and the space has no such decision");
    }
    return architecture;
}

std::string Notation::constant(std::string_view name) const
{
    const auto found = std::ranges::find(entries_, name, &Entry::name);
    return found == entries_.end() ? "" : found->constant;
}

std::vector<std::string> Notation::constants() const
{
    std::vector<std::string> names;
    for (const Entry& entry : entries_)
        if (entry.group == nullptr)
            names.push_back(entry.name);
    return names;
}

std::string Notation::text(const Architecture& architecture) const
{
    std::string text;
    for (const Entry& entry : entries_.empty() ? default_entries() : entries_) {
        text += (text.empty() ? "{'" : ", '") + entry.name + "': ";
        if (entry.group == nullptr) {
            text += python(entry.constant);
            continue;
        }
        for (std::size_t i = 0; i < entry.group->count; ++i) {
            const std::size_t decision = entry.group->first + i;
            const std::uint16_t chosen = architecture.choices.at(decision);
            text += i == 0 ? "[" : ", ";
            text += entry.group->indices ? std::to_string(chosen) : decisions_[decision].options.at(chosen);
        }
        text += "]";
    }
    return text + "}";
}

std::string Notation::form() const
{
    std::string text;
    for (const Entry& entry : entries_) {
        text += (text.empty() ? "{'" : ", '") + entry.name + "': ";
        text += entry.group == nullptr ? entry.constant : std::string(entry.group->indices ? kIndices : kLabels);
    }
    return text.empty() ? "" : text + "}";
}

void Notation::set_form(std::string_view form)
{
    std::vector<Entry> entries;
    Dictionary dictionary(form);
    for (std::string name = dictionary.name(); !name.empty(); name = dictionary.name()) {
        const std::string value = dictionary.value();
        Group* of = group(name);
        if ((of != nullptr) != (value == kLabels || value == kIndices))
            throw Error("the run was imported with other decisions: '" + name + "' does not fit");
        if (of != nullptr)
            of->indices = value == kIndices;
        entries.push_back({name, of == nullptr ? value : "", of});
    }
    entries_ = std::move(entries);
}

}  // namespace espalier::dynas_t
