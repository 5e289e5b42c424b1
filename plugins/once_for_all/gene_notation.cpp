// SPDX-License-Identifier: Apache-2.0
#include "gene_notation.hpp"

#include <algorithm>

#include "espalier/dynas_t/notation.hpp"
#include "espalier/error.hpp"

namespace espalier::once_for_all {
namespace {

class Words {
public:
    explicit Words(std::string_view text) : text_{text} { next(); }
    std::string_view word() const { return text_.substr(begin_, end_ - begin_); }  ///< empty: the end
    void next()
    {
        begin_ = std::min(text_.find_first_not_of(' ', end_), text_.size());
        end_ = std::min(text_.find(' ', begin_), text_.size());
    }
    [[noreturn]] void fail(const std::string& sentence) const
    {
        throw Error("architecture '" + std::string(text_) + "': position " + std::to_string(begin_ + 1) + ": " +
                    (word().empty() ? "the end" : "'" + std::string(word()) + "'") + " where " + sentence);
    }

private:
    std::string_view text_;
    std::size_t begin_ = 0, end_ = 0;
};

std::string listed(const std::vector<std::string>& labels)
{
    std::string list;
    for (const std::string& label : labels)
        list += (list.empty() ? "" : ", ") + label;
    return list;
}

/// Another network's resolution or width would be priced as this space's without a word.
void check_constants(const dynas_t::Notation& notation, std::int64_t resolution)
{
    for (const std::string& name : notation.constants()) {
        const std::string given = notation.constant(name), pixels = std::to_string(resolution);
        if (name == "r" && given != pixels && given != "[" + pixels + "]")
            throw Error("'r' is " + given + ", but the space's images have " + pixels + " pixels a side");
        if (name != "r" && given != "None" && given != "null")
            throw Error("'" + name + "' is " + given + ", but the space decides nothing of that name");
    }
}

Architecture parse_dictionary(std::string_view text, std::span<const Decision> decisions, std::int64_t resolution)
{
    try {
        dynas_t::Notation notation(decisions);
        Architecture a = notation.parse(text);
        check_constants(notation, resolution);
        return a;
    } catch (const Error& error) {
        throw Error("architecture '" + std::string(text) + "': " + error.what());
    }
}

}  // namespace

std::string text(const Architecture& a, std::span<const Decision> decisions, std::span<const GeneGroup> groups)
{
    std::string text;
    std::size_t decision = 0;
    for (const GeneGroup& group : groups) {
        text += (text.empty() ? "" : " ") + group.name;
        for (std::size_t i = 0; i < group.count; ++i, ++decision)
            text += " " + decisions[decision].options.at(a.choices.at(decision));
    }
    return text;
}

Architecture parse(std::string_view text, std::span<const Decision> decisions, std::span<const GeneGroup> groups,
                   std::int64_t resolution)
{
    if (const std::size_t begin = text.find_first_not_of(' '); begin != std::string_view::npos && text[begin] == '{')
        return parse_dictionary(text, decisions, resolution);
    Architecture a;
    a.choices.reserve(decisions.size());
    Words words(text);
    for (const GeneGroup& group : groups) {
        if (words.word() != group.name)
            words.fail("'" + group.name + "' and " + std::to_string(group.count) + " values are expected");
        words.next();
        for (std::size_t i = 0; i < group.count; ++i, words.next()) {
            const Decision& decision = decisions[a.choices.size()];
            const auto found = std::find(decision.options.begin(), decision.options.end(), words.word());
            if (found == decision.options.end())
                words.fail("decision '" + decision.name + "' is expected; allowed: " + listed(decision.options));
            a.choices.push_back(static_cast<std::uint16_t>(found - decision.options.begin()));
        }
    }
    if (!words.word().empty())
        words.fail("nothing may follow the last of " + std::to_string(decisions.size()) + " decisions");
    return a;
}

}  // namespace espalier::once_for_all
