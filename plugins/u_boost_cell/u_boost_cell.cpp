// SPDX-License-Identifier: Apache-2.0
#include "u_boost_cell.hpp"

#include <algorithm>
#include <cmath>

#include "espalier/error.hpp"
#include "espalier/resolve.hpp"

#include "network.hpp"

namespace espalier::u_boost_cell {
namespace {

std::vector<Operation> chosen_operations(const UBoostCell::Options& o)
{
    if (o.operations.empty())
        return {kOperations.begin(), kOperations.end()};
    std::vector<Operation> chosen;
    for (const std::string& name : o.operations) {
        if (std::ranges::find(chosen, name, &Operation::name) != chosen.end())
            throw OptionError("operations", "'" + name + "' is named twice");
        chosen.push_back(*std::ranges::find(kOperations, name, &Operation::name));
    }
    return chosen;
}

std::vector<std::int64_t> channels(const UBoostCell::Options& o)
{
    std::vector<double> multiples = o.widths;
    for (int sixteenths = 8; o.widths.empty() && sixteenths <= 35; ++sixteenths)
        multiples.push_back(sixteenths / 16.0);
    std::vector<std::int64_t> widths;
    for (const double multiple : multiples) {
        const std::int64_t width = std::llround(multiple * o.array);
        if (std::abs(static_cast<double>(width) - multiple * o.array) > 1e-9 || width < 1)
            throw OptionError(o.widths.empty() ? "array" : "widths", std::to_string(o.array) + " times " +
                                                                         OptionTraits<double>::shown(multiple) +
                                                                         " is no whole number of channels");
        if (!widths.empty() && widths.back() >= width)
            throw OptionError("widths", "must ascend");
        widths.push_back(width);
    }
    return widths;
}

std::vector<bool> pooled_cells(const UBoostCell::Options& o)
{
    if (o.pooling.empty())
        throw OptionError("pooling", "must say it of one cell at least, for example [1]");
    std::vector<bool> pooled;
    for (std::size_t c = 0; c < static_cast<std::size_t>(o.cells); ++c)
        pooled.push_back(o.pooling[c % o.pooling.size()] == 1);
    return pooled;
}

Skeleton skeleton(const UBoostCell::Options& o, const Data* data)
{
    Skeleton s{.task = image_task({32, 10}, o.resolution, o.classes, data),
               .stem = o.array,
               .pooled = pooled_cells(o),
               .operations = chosen_operations(o),
               .widths = channels(o)};
    const auto halvings = 1 + std::ranges::count(s.pooled, true);
    if (halvings > 12 || s.task.side % (std::int64_t{1} << halvings) != 0)
        throw OptionError(o.resolution > 0 ? "resolution" : "pooling",
                          "the stem and " + std::to_string(halvings - 1) + " cells halve height and width, so " +
                              std::to_string(s.task.side) + " must be a multiple of 2^" + std::to_string(halvings));
    return s;
}

/// What stands before a decision in texts: "|" before a node's edges, ";" before a cell's widths.
std::string_view separator(std::size_t decision)
{
    const std::size_t place = decision < kEdges.size() ? decision + kInputs : (decision - kEdges.size()) % kCellWidths;
    if (place == 0)
        return ";";
    const bool starts_node =
        place == kInputs || (place > kInputs && kEdges[place - kInputs].to != kEdges[place - kInputs - 1].to);
    return decision > 0 && starts_node ? "|" : "";
}

/// The words of a text, one after the other.
class Words {
public:
    explicit Words(std::string_view text) : text_{text} { next(); }
    const std::string& word() const { return word_; }
    bool at_end() const { return word_.empty(); }
    void next()
    {
        at_ = std::min(text_.find_first_not_of(' ', at_ + word_.size()), text_.size());
        word_ = std::string(text_.substr(at_, text_.find(' ', at_) - at_));
    }
    [[noreturn]] void fail(const std::string& sentence) const
    {
        throw Error("architecture '" + std::string(text_) + "': position " + std::to_string(at_ + 1) + ": " + sentence);
    }

private:
    std::string_view text_;
    std::size_t at_ = 0;
    std::string word_;
};

}  // namespace

void UBoostCell::Options::describe(Describe<Options>& d)
{
    d("array", &Options::array,
      "rows and columns of the hardware's array: the channels of the stem, the unit of widths")
        .range(1, 4096)
        .symbol("s");
    d("cells", &Options::cells, "cells, one behind the other").range(1, 100).symbol("k");
    d("widths", &Options::widths,
      "of every convolution in a cell, multiples of `array`, ascending; empty: 0.5 to 2.1875 in steps of 1/16")
        .range(0, 64);
    std::vector<std::string> names;
    for (const Operation& op : kOperations)
        names.emplace_back(op.name);
    d("operations", &Options::operations, "of the edges; empty: all eight").one_of(names);
    d("pooling", &Options::pooling,
      "1: a 2x2 pooling follows the cell, 0: none; for each cell from the first on, and over again")
        .range(0, 1);
    d("resolution", &Options::resolution, "height and width of an image; 0: those of `data`, 32 without")
        .range(0, 4096);
    d("classes", &Options::classes, "outputs of the network; 0: those of `data`, 10 without").range(0, 1e6);
}

UBoostCell::UBoostCell(const Options& o, const Setup& setup)
    : operations_{chosen_operations(o)}, cells_{static_cast<std::size_t>(o.cells)}
{
    const Skeleton s = skeleton(o, setup.data);
    std::vector<std::string> names, widths;
    for (const Operation& op : s.operations)
        names.emplace_back(op.name);
    for (const std::int64_t width : s.widths)
        widths.push_back(std::to_string(width));
    std::vector<std::string> edges;
    for (const auto& [from, to] : kEdges) {
        edges.push_back(std::string(kNodes[from]) + "->" + std::string(kNodes[to]));
        decisions_.push_back({edges.back(), names});
    }
    for (std::size_t c = 0; c < cells_; ++c) {
        const std::string cell = "cell" + std::to_string(c) + ".";
        for (std::size_t input = 0; input < kInputs; ++input)
            decisions_.push_back({cell + std::string(kNodes[input]), widths, true});
        for (const std::string& edge : edges)
            decisions_.push_back({cell + edge, widths, true});
    }
    super_ = super_network(s);
}

Network UBoostCell::network(const Region& region) const
{
    return resolved(super_, region);
}

Pruned UBoostCell::pruned(const Architecture& a) const
{
    std::array<bool, kEdges.size()> zero{};
    for (std::size_t e = 0; e < kEdges.size(); ++e)
        zero[e] = operations_[a.choices[e]].kind == Operation::Kind::zero;
    return {zero, cells_};
}

std::vector<bool> UBoostCell::active(const Architecture& a) const
{
    const Pruned left = pruned(a);
    std::vector<bool> active;
    for (std::size_t e = 0; e < kEdges.size(); ++e)
        active.push_back(left.matters(e));
    for (std::size_t c = 0; c < cells_; ++c) {
        for (std::size_t input = 0; input < kInputs; ++input)
            active.push_back(left.cell(c) && left.reads(input));
        for (std::size_t e = 0; e < kEdges.size(); ++e)
            active.push_back(left.cell(c) && left.kept(e) && operations_[a.choices[e]].convolves());
    }
    return active;
}

Architecture UBoostCell::canonical(const Architecture& a) const
{
    const Pruned left = pruned(a);
    const std::vector<bool> active = this->active(a);
    const auto zero = std::ranges::find(operations_, Operation::Kind::zero, &Operation::kind) - operations_.begin();
    Architecture canonical = a;
    for (std::size_t e = 0; e < kEdges.size(); ++e)
        if (!left.kept(e))
            canonical.choices[e] = static_cast<std::uint16_t>(zero);
    for (std::size_t d = kEdges.size(); d < a.choices.size(); ++d)
        if (!active[d])
            canonical.choices[d] = 0;
    return canonical;
}

std::string UBoostCell::key(const Architecture& a) const
{
    return to_string(canonical(a));
}

std::string UBoostCell::text(const Architecture& a) const
{
    std::string text;
    for (std::size_t d = 0; d < a.choices.size(); ++d) {
        if (const std::string_view before = separator(d); !before.empty())
            text += " " + std::string(before);
        text += (d > 0 ? " " : "") + decisions_[d].options.at(a.choices[d]);
    }
    return text;
}

Architecture UBoostCell::parse(std::string_view text) const
{
    Architecture a;
    Words words(text);
    for (std::size_t d = 0; d < decisions_.size(); ++d) {
        const auto& [name, options, ordinal] = decisions_[d];
        if (const std::string_view before = separator(d); !before.empty()) {
            if (words.word() != before)
                words.fail("'" + std::string(before) + "' must stand here, before '" + name + "'");
            words.next();
        }
        const auto found = std::ranges::find(options, words.word());
        if (words.at_end())
            words.fail("the end, where '" + name + "' is expected");
        if (found == options.end())
            words.fail("'" + words.word() + "' is no " + (ordinal ? "width" : "operation") + " of '" + name + "'" +
                       suggestion(words.word(), options));
        a.choices.push_back(static_cast<std::uint16_t>(found - options.begin()));
        words.next();
    }
    if (!words.at_end())
        words.fail("nothing may follow the last width");
    return a;
}

}  // namespace espalier::u_boost_cell
